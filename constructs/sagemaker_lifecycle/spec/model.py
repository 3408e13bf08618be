"""ModelSpec: one model.yaml, validated."""

import json
from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from sagemaker_lifecycle.names import MODEL_NAME_LIMIT, MODEL_NAME_PATTERN, data_prefix
from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.sections import (
    COLUMN_PATTERN,
    Feature,
    Gate,
    Monitoring,
    Rollout,
    Section,
    Serving,
    Source,
    Training,
)
from sagemaker_lifecycle.spec.support import unsupported_findings

Algorithm = Literal[
    "linear-regression",
    "random-forest",
    "svm",
    "linear-learner",
    "xgboost",
    "autopilot",
    "script",
    "container",
]

# Longest value of a training job's hyperparameter: SageMaker API reference, HyperParameterValue.
HYPERPARAMETER_LIMIT = 2500


class Hyperparameters(Section):
    """Fixed settings of the algorithm linear-regression."""

    fit_intercept: bool = Field(default=True, description="whether the line may miss the origin")


class DataContract(Section):
    """The part of a model.yaml that speaks of data: what local data is checked against."""

    source: Source
    target: str = Field(
        min_length=1,
        max_length=100,
        pattern=COLUMN_PATTERN,
        description="column to predict, no white space around it",
    )
    features: Annotated[tuple[Feature, ...], Strict(False)] = Field(
        min_length=1, max_length=500, description="inputs, in the order in which the endpoint takes them"
    )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features in the declared order."""
        return tuple(feature.name for feature in self.features)

    @model_validator(mode="after")
    def _check_columns(self) -> "DataContract":
        findings: list[Finding] = []
        seen: set[str] = set()
        for index, name in enumerate(self.feature_names):
            if name in seen:
                findings.append(Finding(("features", index, "name"), f"{name!r} is declared twice"))
            if name == self.target:
                message = f"{name!r} is the target; a feature is another column"
                findings.append(Finding(("features", index, "name"), message))
            seen.add(name)
        length = len(json.dumps(self.feature_names))
        if length > HYPERPARAMETER_LIMIT:
            message = f"the names take {length} characters; allowed: {HYPERPARAMETER_LIMIT} as a JSON list"
            findings.append(Finding(("features",), message))
        raise_findings(findings)
        return self


class ModelSpec(DataContract):
    """A model's whole life, as its model.yaml declares it.

    Raises pydantic.ValidationError when built from bad values; `load_models` raises SpecError instead, which
    names file, line and key.
    """

    name: str = Field(
        min_length=1,
        max_length=MODEL_NAME_LIMIT,
        pattern=MODEL_NAME_PATTERN,
        description="lower-case letters, digits and hyphens, at most 63; the name of the folder",
    )
    owner: str | None = Field(
        default=None,
        min_length=1,
        max_length=256,
        pattern=r"^[A-Za-z0-9 _.:/=+@-]+$",
        description="who answers for it; letters, digits and _.:/=+@- as in a tag",
    )
    algorithm: Algorithm = Field(description="what is fitted")
    hyperparameters: Hyperparameters = Field(default=Hyperparameters(), description="of the algorithm")
    training: Training = Field(default=Training(), description="how and when the model is trained")
    gate: Gate = Field(description="what a trained model must reach")
    serving: Serving = Field(description="how predictions are served")
    rollout: Rollout = Field(default=Rollout(), description="how a new release takes over")
    monitoring: Monitoring = Field(default=Monitoring(), description="thresholds of the alarms")

    @property
    def data_prefix(self) -> str:
        """Key prefix of the training data in the source's bucket; ends with a slash."""
        return self.source.prefix or data_prefix(self.name)

    @model_validator(mode="after")
    def _check_support(self) -> "ModelSpec":
        raise_findings(unsupported_findings(self.model_dump(exclude_none=True)))
        return self

    def training_hyperparameters(self) -> dict[str, str]:
        """What train.py is given, as SageMaker wants it: every value a string of at most 2500 characters."""
        return {
            "algorithm": self.algorithm,
            "features": json.dumps(self.feature_names),
            "target": self.target,
            "seed": str(self.training.seed),
            "validation-fraction": str(self.training.validation_fraction),
            "fit-intercept": json.dumps(self.hyperparameters.fit_intercept),
        }
