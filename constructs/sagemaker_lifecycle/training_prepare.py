"""What AWS's own algorithms need besides a training job: data prepared for them, and their own settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.hyperparameter import as_text
from sagemaker_lifecycle.spec.instance_types import has_local_storage

# What algorithms/prepare.py leaves besides the rows, below the address of the prepared data.
BASELINE_REPORT = "report/baseline.json"
_INPUT = "/opt/ml/processing/input"
_OUTPUT = "/opt/ml/processing/output"
# API reference, AppSpecification: 100 arguments of 256 characters.
ARGUMENT_LENGTH = 256
# The code comes packed, as for script mode; the first argument is where.
_UNPACK_AND_RUN = (
    "import glob,sys,tarfile;c=sys.argv[1];tarfile.open(glob.glob(c+'/*')[0]).extractall(c,filter='data');"
    "sys.path.insert(0,c);import {0};sys.exit({0}.main(sys.argv[2:]))"
)
# Of processing jobs, where the model does not say.
INSTANCE_TYPE = "ml.m5.large"
# What task and classes mean to each: their developer guides, "hyperparameters".
_XGBOOST_OBJECTIVES = {"regression": "reg:squarederror", "classification": "binary:logistic"}
_XGBOOST_METRICS = {
    "validation:rmse": "rmse",
    "validation:mae": "mae",
    "validation:accuracy": "accuracy",
    "validation:f1": "f1",
    "validation:auc": "auc",
    "validation:logloss": "logloss",
    "validation:mlogloss": "mlogloss",
}
XGBOOST_ROUNDS = "100"


@dataclass(frozen=True)
class Runner:
    """What runs programs of algorithms/ in processing jobs, and as whom.

    image: the container's URI. code_uri: `s3://` address of the packed programs. key_arn: of what encrypts
    volumes and output.
    """

    image: str
    code_uri: str
    role_arn: str
    key_arn: str
    tags: list[dict[str, str]]


def prepare_request(model: ModelSpec, runner: Runner, *, name_prefix: str) -> dict[str, Any]:
    """CreateProcessingJob's input: algorithms/prepare.py, from what `$.data.manifest` names.

    To `$.job.prepared`.
    """
    training = model.training
    told = {**model.training_hyperparameters(), "parts": str(training.instance_count)}
    if model.task == "classification":
        # Without a number of classes both algorithms tell two apart.
        told["classes"] = str(model.classes or 2)
    own = model.algorithm_facts.hyperparameters or {}
    return {
        # Each execution prepares anew, to the same place and bytes: a failed one blocks no later one.
        "ProcessingJobName.$": f"States.Format('{name_prefix}-{{}}', States.UUID())",
        **processing(
            model,
            runner,
            program="prepare",
            told={key: value for key, value in told.items() if key not in own},
            manifests={"data": "$.data.manifest"},
            outputs={
                name: f"States.Format('{{}}{name}/', $.job.prepared)"
                for name in ("train", "validation", "report")
            },
        ),
    }


def processing(
    model: ModelSpec,
    runner: Runner,
    *,
    program: str,
    told: Mapping[str, Any],
    outputs: Mapping[str, str],
    inputs: Mapping[str, str] | None = None,
    manifests: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """CreateProcessingJob's input but for the name.

    program: the module of algorithms/ that runs; told: what its arguments say, as one JSON object.
    inputs, outputs: expressions of addresses, by the names of folders below processing/input and output;
    manifests: so too, of what names the objects of an input.
    """
    training = model.training
    text = json.dumps(told)
    pieces = [text[start : start + ARGUMENT_LENGTH] for start in range(0, len(text), ARGUMENT_LENGTH)]
    kind = training.processing_instance_type or INSTANCE_TYPE
    cluster: dict[str, Any] = {
        "InstanceCount": 1,
        "InstanceType": kind,
        "VolumeSizeInGB": training.volume_size_gb,
        **({} if has_local_storage(kind) else {"VolumeKmsKeyId": runner.key_arn}),
    }
    return {
        "AppSpecification": {
            "ImageUri": runner.image,
            "ContainerEntrypoint": ["python3", "-c", _UNPACK_AND_RUN.format(program)],
            "ContainerArguments": [f"{_INPUT}/code", *pieces],
        },
        "ProcessingInputs": [
            _input("code", {"S3Uri": runner.code_uri}),
            *(_input(name, {"S3Uri.$": address}) for name, address in (inputs or {}).items()),
            *(
                _input(name, {"S3Uri.$": address}, "ManifestFile")
                for name, address in (manifests or {}).items()
            ),
        ],
        "ProcessingOutputConfig": {
            "KmsKeyId": runner.key_arn,
            "Outputs": [_output(name, address) for name, address in outputs.items()],
        },
        "ProcessingResources": {"ClusterConfig": cluster},
        "StoppingCondition": {"MaxRuntimeInSeconds": training.max_runtime_seconds},
        "RoleArn": runner.role_arn,
        "Tags": runner.tags,
    }


def channels(model: ModelSpec) -> list[dict[str, Any]]:
    """The training job's channels: of several instances each gets its own part of the rows."""
    sharded = model.training.instance_count > 1
    return [
        {
            "ChannelName": name,
            "ContentType": "text/csv",
            "InputMode": "File",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri.$": f"States.Format('{{}}{name}/', $.job.prepared)",
                    "S3DataDistributionType": distribution,
                }
            },
        }
        for name, distribution in (
            ("train", "ShardedByS3Key" if sharded else "FullyReplicated"),
            ("validation", "FullyReplicated"),
        )
    ]


def hyperparameters(model: ModelSpec) -> dict[str, str]:
    """What the algorithm is told: the model's own, and what follows from task, gate and seed."""
    own = {key: as_text(value) for key, value in model.hyperparameters.items()}
    if model.algorithm == "xgboost":
        many = model.classes is not None
        return {
            # Required: xgboost_hyperparameters.html.
            **({} if "num_round" in model.given_hyperparameters else {"num_round": XGBOOST_ROUNDS}),
            "objective": "multi:softprob" if many else _XGBOOST_OBJECTIVES[model.task],
            "eval_metric": _XGBOOST_METRICS[model.job_metric],
            "seed": str(model.training.seed),
            **own,
        }
    kinds = {"regression": "regressor", "classification": "binary_classifier"}
    kind = kinds[model.task] if model.classes is None else "multiclass_classifier"
    return {"predictor_type": kind, **own}


def _input(name: str, place: dict[str, str], data_type: str = "S3Prefix") -> dict[str, Any]:
    source = {"LocalPath": f"{_INPUT}/{name}", "S3DataType": data_type, "S3InputMode": "File"}
    return {"InputName": name, "S3Input": {**place, **source}}


def _output(name: str, address: str) -> dict[str, Any]:
    place = {"S3Uri.$": address, "LocalPath": f"{_OUTPUT}/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": place}
