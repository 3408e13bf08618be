"""How the champion of an algorithm of AWS's own is measured on the rows that the new model is measured on.

Its container answers them in a transform job, and algorithms/evaluate.py measures the answers: decision 9.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.instance_types import has_local_storage, instance_types
from sagemaker_lifecycle.training_attempts import OVERHEAD_SECONDS
from sagemaker_lifecycle.training_prepare import INSTANCE_TYPE, Runner, processing

# What algorithms/evaluate.py leaves, below the address of what was measured.
CHAMPION_REPORT = "report/champion.json"
# What each answers in lines: Linear Learner no CSV (LL-in-formats.html), XGBoost's container nothing else.
_ACCEPTED = {"xgboost": "text/csv", "linear-learner": "application/jsonlines"}
# XGBoost's log gives its metrics in five decimals; both compute with single precision.
_LOGGED = {"xgboost": 0.5e-5, "linear-learner": 0.0}
# Until the instance of a transform job answers; it has no limit of its own that would not count this.
_STARTING_SECONDS = 1800
_OF_THE_CHAMPION = {"ModelName.$": "$.job.champion"}
_ROWS = "States.Format('{}validation/', $.job.prepared)"


@dataclass(frozen=True)
class ChampionMeasurement:
    """The requests that measure a champion, in the order in which the state machine sends them.

    names: what the names of its model and jobs look like, a pattern with `*`; name: expression of the one of
        an execution's model, in `$.job.champion`. Each request for a job makes its own.
    packages: name of the group whose versions it makes models of.
    model, transform, evaluate: inputs of CreateModel, CreateTransformJob, CreateProcessingJob.
    transform_seconds: after which the transform job is stopped. longest_seconds: of all together.
    """

    names: str
    name: str
    packages: str
    model: dict[str, Any]
    transform: dict[str, Any]
    evaluate: dict[str, Any]
    transform_seconds: int
    longest_seconds: int


def champion_measurement(
    model: ModelSpec, runner: Runner, *, name_prefix: str, packages: str, output: str
) -> ChampionMeasurement:
    """For the rows that `$.job.prepared` says.

    runner: of the training jobs. The champion runs as its role, not as the endpoints': it leaves answers in
        the artifact bucket, which endpoints may not write to. Its container has no network, so the model
        itself gets nothing of it.
    output: `s3://` address below which the answers and the report lie.
    """
    limit = model.training.max_runtime_seconds
    answers = f"States.Format('{output}{{}}/answers/', $.job.champion)"
    made = f"States.Format('{name_prefix}-{{}}', States.UUID())"
    return ChampionMeasurement(
        names=f"{name_prefix}-*",
        name=made,
        packages=packages,
        model={
            **_OF_THE_CHAMPION,
            "ExecutionRoleArn": runner.role_arn,
            "PrimaryContainer": {"ModelPackageName.$": "$.data.champion.package"},
            "EnableNetworkIsolation": True,
            "Tags": runner.tags,
        },
        transform={"TransformJobName.$": made, **_transform(model, runner, answers)},
        evaluate={
            "ProcessingJobName.$": made,
            **processing(
                model,
                runner,
                program="evaluate",
                told={"algorithm": model.algorithm, "task": model.task},
                inputs={"validation": _ROWS, "answers": answers},
                outputs={"report": f"States.Format('{output}{{}}/report/', $.job.champion)"},
            ),
        },
        transform_seconds=limit + _STARTING_SECONDS,
        longest_seconds=2 * (limit + OVERHEAD_SECONDS) + _STARTING_SECONDS,
    )


def _transform(model: ModelSpec, runner: Runner, answers: str) -> dict[str, Any]:
    """CreateTransformJob's input but for the name. answers: expression of the address of its output."""
    return {
        **_OF_THE_CHAMPION,
        "BatchStrategy": "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": _ROWS}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        # The target comes first.
        "DataProcessing": {"InputFilter": "$[1:]"},
        "TransformOutput": {
            "S3OutputPath.$": answers,
            "Accept": _ACCEPTED[model.algorithm],
            "AssembleWith": "Line",
            "KmsKeyId": runner.key_arn,
        },
        "TransformResources": _instances(model, runner.key_arn),
        "Tags": runner.tags,
    }


def columns_hash(model: ModelSpec) -> str:
    """Digits that change when the rows, or how they are answered, are of another form.

    A champion of other features in the same number would answer, and be measured on what it never learnt.
    """
    told = model.training_hyperparameters()
    content = {
        "algorithm": model.algorithm,
        "classes": model.classes,
        **{key: told[key] for key in sorted(told) if key in ("task", "target") or key.startswith("features")},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def resolution(model: ModelSpec) -> float:
    """How far apart the gate's metric of two equal models may be, for the digits of the job's log."""
    return _LOGGED[model.algorithm]


def _instances(model: ModelSpec, key_arn: str) -> dict[str, Any]:
    """One of the type that the champion is served on: it is known to load there, and costs least.

    Transform jobs do not take all of these types; then that of training, then one that they take.
    """
    known = instance_types("TransformInstanceType")
    wanted = (model.serving.instance_type, model.training.instance_type, INSTANCE_TYPE)
    chosen = next(each for each in wanted if each in known)
    key = {} if has_local_storage(chosen) else {"VolumeKmsKeyId": key_arn}
    return {"InstanceType": chosen, "InstanceCount": 1, **key}
