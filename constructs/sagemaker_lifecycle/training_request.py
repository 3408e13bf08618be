"""The CreateTrainingJob request of a model, as its state machine sends it."""

import hashlib
import json
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.spec import ModelSpec

METRICS = ("validation:rmse", "validation:mae", "validation:r2", "baseline:rmse")
# Longest suffix that the data or an execution gives to a job's name: 16 hexadecimal digits.
JOB_SUFFIX_LENGTH = 16
DEFINITION_HASH_LENGTH = 8
# Spot capacity may be waited for as long as the job itself may run.
SPOT_WAIT_FACTOR = 2
START_ATTEMPTS = 2
# Instance families with local storage, which is always encrypted, by hardware: a key is refused for them
# (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html, VolumeKmsKeyId).
LOCAL_STORAGE_FAMILIES = ("g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en", "trn1", "trn1n", "trn2")


def training_request(
    *,
    environment: Environment,
    model: ModelSpec,
    image: str,
    algorithm_uri: str,
    definition_hash: str,
    role: iam.IRole,
    key: kms.IKey,
    artifact_bucket: s3.IBucket,
) -> dict[str, Any]:
    """The whole request; keys that end in `.$` are filled by the state machine from the source's answer.

    image: the container's URI. algorithm_uri: `s3://` address of the packed algorithms/.
    definition_hash: of everything that the model depends on besides its data; part of the job's name, so that
        the same data under the same definition is trained once.
    """
    training = model.training
    prefix = names.training_job_prefix(
        environment.name, model.name, DEFINITION_HASH_LENGTH + 1 + JOB_SUFFIX_LENGTH
    )
    output = f"s3://{artifact_bucket.bucket_name}/{names.jobs_prefix(model.name)}"
    request: dict[str, Any] = {
        "TrainingJobName.$": f"States.Format('{prefix}-{definition_hash}-{{}}', $.data.job_suffix)",
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": metric, "Regex": f"metric {metric}=([0-9.eE+-]+);"} for metric in METRICS
            ],
        },
        "RoleArn": role.role_arn,
        "InputDataConfig": [_csv_channel("train", "$.data.train_uri")],
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": key.key_arn},
        "ResourceConfig": {
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_size_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": training.max_runtime_seconds},
        "RetryStrategy": {"MaximumRetryAttempts": START_ATTEMPTS},
        "EnableInterContainerTrafficEncryption": training.instance_count > 1,
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": algorithm_uri,
            **model.training_hyperparameters(),
        },
        "Tags": [
            {"Key": "project", "Value": "sagemaker-lifecycle"},
            {"Key": "environment", "Value": environment.name},
            {"Key": "model", "Value": model.name},
        ],
    }
    if not has_local_storage(training.instance_type):
        request["ResourceConfig"]["VolumeKmsKeyId"] = key.key_arn
    if training.spot:
        request["EnableManagedSpotTraining"] = True
        request["StoppingCondition"]["MaxWaitTimeInSeconds"] = training.max_runtime_seconds * SPOT_WAIT_FACTOR
        request["CheckpointConfig"] = {"S3Uri": f"{output}checkpoints/{definition_hash}/"}
    return request


def definition_hash(model: ModelSpec, algorithm_hash: str, image: str) -> str:
    """Eight digits that change when anything besides the data would change what a training makes.

    algorithm_hash: of the packed algorithms/. image: the image's name and tag, without account and region.
    """
    content = {
        "hyperparameters": model.training_hyperparameters(),
        "algorithm": algorithm_hash,
        "image": image,
        "training": model.training.model_dump(mode="json", exclude={"schedule", "on_new_data"}),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:DEFINITION_HASH_LENGTH]


def has_local_storage(instance_type: str) -> bool:
    """Whether the type (`ml.m5d.large`) brings its own disks, which take no key of ours."""
    family = instance_type.split(".")[1]
    return family in LOCAL_STORAGE_FAMILIES or family.rstrip("n").endswith("d")


def _csv_channel(name: str, uri_path: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "InputMode": "File",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri.$": uri_path,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
