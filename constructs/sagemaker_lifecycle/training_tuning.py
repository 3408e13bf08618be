"""A model's tuning job: the CreateHyperParameterTuningJob request around what one trial is."""

from typing import Any

from sagemaker_lifecycle.spec import ModelSpec, Range
from sagemaker_lifecycle.spec.hyperparameter import SCALES
from sagemaker_lifecycle.spec.tuning import Tuning

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
