"""ModelSpec: one model.yaml, validated."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, Strict, model_validator

from sagemaker_lifecycle.names import MODEL_NAME_LIMIT, MODEL_NAME_PATTERN, data_prefix
from sagemaker_lifecycle.spec.algorithms import ALGORITHMS, Algorithm, Task
from sagemaker_lifecycle.spec.container_image import ContainerImage
from sagemaker_lifecycle.spec.experiment import Experiment
from sagemaker_lifecycle.spec.features import Feature, long_form
from sagemaker_lifecycle.spec.hyperparameter import ANY, Range, Scalar, as_text, is_range, range_of
from sagemaker_lifecycle.spec.meaning import cross_findings
from sagemaker_lifecycle.spec.parking import Cost
from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.section import COLUMN_PATTERN, Section
from sagemaker_lifecycle.spec.sections import (
    Gate,
    Monitoring,
    Rollout,
    Serving,
    Source,
    Training,
)
from sagemaker_lifecycle.spec.support import unsupported_findings
from sagemaker_lifecycle.spec.tuning import Tuning

AlgorithmName = Literal[
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
# A job takes 100 hyperparameters (CreateTrainingJob); this leaves 40 for all that is not a feature.
FEATURE_PIECES_LIMIT = 60


class DataContract(Section):
    """The part of a model.yaml that speaks of data: what local data is checked against."""

    source: Source
    target: str = Field(
        min_length=1,
        max_length=100,
        pattern=COLUMN_PATTERN,
        description="column to predict, no white space around it",
    )
    features: Annotated[tuple[Feature, ...], Strict(False), BeforeValidator(long_form)] = Field(
        min_length=1, max_length=500, description="inputs, in the order in which the endpoint takes them"
    )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features in the declared order."""
        return tuple(feature.name for feature in self.features)

    def _features_text(self) -> str:
        return json.dumps([feature.contract for feature in self.features])

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
        length, limit = len(self._features_text()), HYPERPARAMETER_LIMIT * FEATURE_PIECES_LIMIT
        if length > limit:
            message = f"names and values take {length} characters; allowed: {limit} as JSON"
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
    task: Task = Field(default="regression", description="whether a number or a class is predicted")
    algorithm: AlgorithmName = Field(description="what is fitted")
    given_hyperparameters: dict[str, Any] = Field(
        default={},
        alias="hyperparameters",
        description="of the algorithm: a value, or a range ({min, max, scale} or a list) for tuning",
    )
    image: ContainerImage | None = Field(
        default=None,
        description="container only: address of the image in ECR, with its digest (@sha256:...)",
    )
    training: Training = Field(default=Training(), description="how and when the model is trained")
    gate: Gate = Field(description="what a trained model must reach")
    serving: Serving = Field(description="how predictions are served")
    rollout: Rollout = Field(default=Rollout(), description="how a new release takes over")
    monitoring: Monitoring = Field(default=Monitoring(), description="thresholds of the alarms")
    experiment: Experiment = Field(default=Experiment(), description="how a test of a challenger is judged")
    cost: Cost = Field(default=Cost(), description="what keeps the bill small")

    _folder: Path | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """The folder of the model.yaml; LookupError when the model was not loaded from one."""
        if self._folder is None:
            raise LookupError(f"model {self.name} was not loaded from a folder")
        return self._folder

    @classmethod
    def read(cls, content: Mapping[str, Any], folder: Path) -> "ModelSpec":
        """The model that the content of `folder`/model.yaml declares; raises pydantic's ValidationError."""
        spec = cls.model_validate(content)
        spec._folder = folder
        return spec

    @property
    def data_prefix(self) -> str:
        """Key prefix of the training data in the source's bucket; ends with a slash."""
        return self.source.prefix or data_prefix(self.name)

    @property
    def algorithm_facts(self) -> Algorithm:
        """What the algorithm is and can do."""
        return ALGORITHMS[self.algorithm]

    @property
    def hyperparameters(self) -> dict[str, Scalar]:
        """The hyperparameters with one fixed value, by the algorithm's own names."""
        facts = self.algorithm_facts
        fixed = {key: value for key, value in self.given_hyperparameters.items() if not is_range(value)}
        return {key: (facts.hyperparameter(key) or ANY).meant(value) for key, value in fixed.items()}

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The hyperparameters that tuning searches, in the order of their names."""
        given, facts = self.given_hyperparameters, self.algorithm_facts
        return tuple(
            range_of(key, given[key], facts.hyperparameter(key) or ANY)
            for key in sorted(given)
            if is_range(given[key])
        )

    @property
    def tuning(self) -> Tuning | None:
        """How the ranges are searched; None when there are none."""
        return (self.training.tuning or Tuning()) if self.ranges else None

    @property
    def classes(self) -> int | None:
        """Number of classes that an algorithm of AWS's own is told; None when it is told none."""
        key = self.algorithm_facts.classes_key
        told = self.hyperparameters.get(key) if key and self.task == "classification" else None
        return None if told is None else int(told)

    @property
    def job_metric(self) -> str:
        """What the job calls the gate's metric: `validation:rmse`, or as AWS's own algorithm does."""
        names = self.algorithm_facts.metrics
        many = self.classes is not None
        return self.gate.metric_name if names is None else names[self.task, many, self.gate.metric]

    @property
    def checkpoints(self) -> bool:
        """Whether jobs keep checkpoints: as declared, else with spot capacity when the algorithm can.

        Trials of a tuning job keep none: they would share one place.
        """
        declared = False if self.ranges else self.training.checkpoints
        return self.training.spot and self.algorithm_facts.checkpoints if declared is None else declared

    @model_validator(mode="after")
    def _check_across(self) -> "ModelSpec":
        raw = self.model_dump(exclude_none=True, by_alias=True)
        raise_findings([*unsupported_findings(raw), *cross_findings(raw)])
        return self

    def training_hyperparameters(self) -> dict[str, str]:
        """What train.py is given, as SageMaker wants it: every value a string of at most 2500 characters.

        The features are cut into `features`, `features-2`, … and joined again there.
        """
        told = {
            "algorithm": self.algorithm,
            "task": self.task,
            **_pieces("features", self._features_text()),
            "target": self.target,
            "seed": str(self.training.seed),
            "validation-fraction": json.dumps(self.training.validation_fraction),
            "format": self.serving.format,
        }
        return {**told, **{key: as_text(value) for key, value in self.hyperparameters.items()}}


def _pieces(name: str, text: str) -> dict[str, str]:
    starts = range(0, len(text), HYPERPARAMETER_LIMIT)
    return {
        name if number == 1 else f"{name}-{number}": text[start : start + HYPERPARAMETER_LIMIT]
        for number, start in enumerate(starts, start=1)
    }
