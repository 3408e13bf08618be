"""What a model.yaml may say. Importing it needs pydantic and nothing of AWS."""

from sagemaker_lifecycle.spec.features import Feature
from sagemaker_lifecycle.spec.hyperparameter import Range
from sagemaker_lifecycle.spec.model import DataContract, ModelSpec
from sagemaker_lifecycle.spec.problems import Problem, SpecError
from sagemaker_lifecycle.spec.sections import (
    Capture,
    Gate,
    Monitoring,
    Rollout,
    Serving,
    Source,
    Training,
)
from sagemaker_lifecycle.spec.tuning import Tuning

__all__ = [
    "Capture",
    "DataContract",
    "Feature",
    "Gate",
    "ModelSpec",
    "Monitoring",
    "Problem",
    "Range",
    "Rollout",
    "Serving",
    "Source",
    "SpecError",
    "Training",
    "Tuning",
]
