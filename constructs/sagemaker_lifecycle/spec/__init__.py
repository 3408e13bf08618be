"""What a model.yaml may say. Importing it needs pydantic and nothing of AWS."""

from sagemaker_lifecycle.spec.model import DataContract, Hyperparameters, ModelSpec
from sagemaker_lifecycle.spec.problems import Problem, SpecError
from sagemaker_lifecycle.spec.sections import (
    Capture,
    Feature,
    Gate,
    Monitoring,
    Rollout,
    Serving,
    Source,
    Training,
)

__all__ = [
    "Capture",
    "DataContract",
    "Feature",
    "Gate",
    "Hyperparameters",
    "ModelSpec",
    "Monitoring",
    "Problem",
    "Rollout",
    "Serving",
    "Source",
    "SpecError",
    "Training",
]
