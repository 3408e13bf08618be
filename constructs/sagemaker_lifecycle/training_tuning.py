"""A model's tuning job: the CreateHyperParameterTuningJob request around what one trial is."""

import hashlib
from typing import Any

from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.spec import ModelSpec, Range
from sagemaker_lifecycle.spec.hyperparameter import SCALES
from sagemaker_lifecycle.spec.tuning import Tuning

# A tuning job's name has 32 characters, 21 of them for the data's version and a forced execution, one for a
# hyphen: API reference, HyperParameterTuningJobName.
MODEL_DIGITS = 5
DEFINITION_DIGITS = 5
# Of CreateTrainingJob's request, what every trial has too, under the same key.
SHARED = (
    "InputDataConfig",
    "InputDataConfig.$",
    "RoleArn",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "RetryStrategy",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)


def tuning_prefix(environment: Environment, model: ModelSpec) -> str:
    """What the names of the model's tuning jobs, and so of its trials, begin with: digits of the names."""
    digits = hashlib.sha256(f"{environment.name}/{model.name}".encode()).hexdigest()
    # A letter first: a name of digits alone would be read as a number somewhere.
    return f"t{digits[: MODEL_DIGITS - 1]}"


def tuning_request(model: ModelSpec, tuning: Tuning, trial: dict[str, Any]) -> dict[str, Any]:
    """CreateHyperParameterTuningJob's input; `trial` is the CreateTrainingJob request of one trial."""
    gate = model.gate
    return {
        "HyperParameterTuningJobName.$": "$.job.name",
        "HyperParameterTuningJobConfig": {
            "Strategy": tuning.strategy.title(),
            "HyperParameterTuningJobObjective": {
                "Type": gate.direction.title(),
                "MetricName": model.job_metric,
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": tuning.max_jobs,
                "MaxParallelTrainingJobs": tuning.max_parallel,
            },
            "ParameterRanges": parameter_ranges(model.ranges),
            "RandomSeed": model.training.seed,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": trial["HyperParameters"],
            "AlgorithmSpecification": trial["AlgorithmSpecification"],
            **{key: trial[key] for key in SHARED if key in trial},
        },
        "Tags": trial["Tags"],
    }


def parameter_ranges(ranges: tuple[Range, ...]) -> dict[str, list[dict[str, Any]]]:
    """The ranges as ParameterRanges has them: every number as text."""
    made: dict[str, list[dict[str, Any]]] = {}
    for each in ranges:
        if each.kind == "categorical":
            entry: dict[str, Any] = {"Name": each.name, "Values": list(each.values)}
        else:
            entry = {
                "Name": each.name,
                "MinValue": repr(each.minimum),
                "MaxValue": repr(each.maximum),
                "ScalingType": SCALES[each.scale],
            }
        made.setdefault(f"{each.kind.title()}ParameterRanges", []).append(entry)
    return made
