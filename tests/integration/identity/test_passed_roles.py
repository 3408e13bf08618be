"""Jobs act as a role that their caller must be let pass to SageMaker."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from .test_identity import allow, refusal

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]
WORKER = "arn:aws:iam::123456789012:role/worker"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
RESOURCES = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
PROCESSING = {
    "ProcessingJobName": "passed",
    "RoleArn": WORKER,
    "AppSpecification": {"ImageUri": IMAGE},
    "ProcessingResources": {"ClusterConfig": RESOURCES},
}
TUNING = {
    "HyperParameterTuningJobName": "passed",
    "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}},
    "TrainingJobDefinition": {
        "RoleArn": WORKER,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://nowhere/"},
        "ResourceConfig": RESOURCES,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    },
}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [("create_processing_job", PROCESSING), ("create_hyper_parameter_tuning_job", TUNING)],
)
def test_a_role_is_passed_to_sagemaker_only_by_who_may(
    client: Client, role: Role, operation: str, request_: dict[str, Any]
) -> None:
    to_another = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    for statements in (
        [allow("sagemaker:*")],
        [allow("sagemaker:*"), allow("iam:PassRole", WORKER, Condition=to_another)],
    ):
        create = getattr(client("sagemaker", role(*statements)), operation)
        error = refusal(functools.partial(create, **request_))
        assert f"is not authorized to perform: iam:PassRole on resource: {WORKER}" in error["Message"]
    entitled = client("sagemaker", role(allow("sagemaker:*"), allow("iam:PassRole", WORKER)))
    error = refusal(lambda: getattr(entitled, operation)(**request_))
    assert error["Code"] == "ValidationException", "the role is passed, and is not there"
