"""How a test of a challenger is judged, and what is done about it: the part `experiment` of a model.yaml."""

from typing import Any, Literal

from pydantic import Field, model_validator

from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.section import Section

# Percent: the analysis moves the share by so much or not at all (analyse_test.experiment).
LEAST_CHANGE = 5

Outcome = Literal["conversion", "squared-error"]


class Guardrails(Section):
    """How much worse than the champion a challenger may behave."""

    error_margin: float = Field(
        default=0.001, ge=0, lt=1, description="more failed requests than the champion's, as a share of all"
    )
    latency_ratio: float = Field(
        default=1.5, ge=1, le=100, description="highest mean latency over the champion's"
    )


class Thompson(Section):
    """Thompson sampling: the challenger's share follows the chance that it is the better one."""

    minimum: int = Field(default=5, ge=1, le=99, alias="min", description="least percent of the requests")
    maximum: int = Field(default=50, ge=1, le=99, alias="max", description="most percent of the requests")

    @model_validator(mode="after")
    def _check_bounds(self) -> "Thompson":
        if self.maximum - self.minimum < LEAST_CHANGE:
            message = (
                f"{self.maximum} is not {LEAST_CHANGE} or more above min ({self.minimum}): nothing would move"
            )
            raise_findings([Finding(("max",), message)])
        return self


class Experiment(Section):
    """What was agreed before a test begins."""

    outcome: Outcome | None = Field(
        default=None,
        description="what feedback tells; default: squared-error of a regression, else conversion",
    )
    alpha: float = Field(
        default=0.05, gt=0, lt=0.5, description="chance of choosing between equals, however often one looks"
    )
    minimum_samples: int = Field(
        default=500, ge=2, le=10**9, description="outcomes of each variant before either is chosen"
    )
    loss_tolerance: float = Field(
        default=0.01, ge=0, le=1, description="highest expected loss of a choice, of the champion's mean"
    )
    guardrails: Guardrails = Field(default=Guardrails(), description="what discards a challenger at once")
    auto_promote: bool = Field(
        default=False,
        description="whether a verdict is acted on: promoted, discarded or taken off the traffic",
    )
    thompson: Thompson | None = Field(
        default=None, description="moves the challenger's share; without it the share stays as it was set"
    )

    def for_analysis(self, *, endpoint: str, task: str) -> dict[str, Any]:
        """What the analysis is told; `analyse_test.experiment` reads it."""
        return {
            "endpoint": endpoint,
            "outcome": self.outcome_of(task),
            "rules": self.model_dump(include={"alpha", "minimum_samples", "loss_tolerance"}),
            "guardrails": self.guardrails.model_dump(),
            "auto_promote": self.auto_promote,
            "thompson": self.thompson and self.thompson.model_dump(by_alias=True),
        }

    def outcome_of(self, task: str) -> Outcome:
        """The kind of outcome of a model of this task."""
        return self.outcome or ("squared-error" if task == "regression" else "conversion")
