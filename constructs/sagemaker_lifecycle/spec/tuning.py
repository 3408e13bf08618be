"""How ranges of hyperparameters are searched."""

from typing import Literal

from pydantic import Field, model_validator

from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.section import Section

Strategy = Literal["bayesian", "random", "grid", "hyperband"]


class Tuning(Section):
    """A hyperparameter tuning job: trials that differ in their hyperparameters; the best one is registered.

    Limits: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html.
    """

    max_jobs: int = Field(default=10, ge=1, le=750, description="number of trials; grid: all combinations")
    max_parallel: int = Field(default=2, ge=1, le=100, description="trials at a time")
    strategy: Strategy = Field(default="bayesian", description="how the next trial is chosen")

    @model_validator(mode="after")
    def _check_meaning(self) -> "Tuning":
        if self.max_parallel > self.max_jobs:
            message = f"{self.max_parallel} is above max_jobs {self.max_jobs}"
            raise_findings([Finding(("max_parallel",), message)])
        return self
