"""The CreateTrainingJob request, checked against the service's own model."""

import re
from typing import Any

import botocore.session
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from botocore.validate import validate_parameters

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_request import (
    TrainingJob,
    definition_hash,
    training_job,
)
from tests.unit.synthesis import KEY_ARN, empty_stack
from tests.unit.training_values import execute_format, filled

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
ROLE_ARN = "arn:aws:iam::123456789012:role/training"
SPEC: dict[str, Any] = {
    "name": "houses",
    "source": {"type": "local"},
    "target": "Price",
    "features": [{"name": "SquareFeet"}],
    "algorithm": "linear-regression",
    "gate": {"metric": "rmse", "threshold": 1.0},
    "serving": {"type": "realtime"},
}


CHANNELS = [
    {
        "ChannelName": "train",
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/models/houses/data/"}},
    }
]


def model(**changes: Any) -> ModelSpec:
    return ModelSpec.model_validate({**SPEC, **changes})


def job(spec: ModelSpec) -> TrainingJob:
    stack = empty_stack()
    return training_job(
        environment=environment_named("dev"),
        model=spec,
        image=IMAGE,
        code_uri="s3://assets/code.tar.gz",
        preparing_image=IMAGE,
        definition=definition_hash(spec, "code", "image"),
        role=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
        artifact_bucket=s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts"),
    )


def request_of(spec: ModelSpec) -> dict[str, Any]:
    made = job(spec)
    data = {"job_suffix": "f" * names.JOB_SUFFIX_LENGTH, "channels": CHANNELS}
    named = {"name": execute_format(made.name, {"data": data})}
    if made.checkpoints:
        named["checkpoints"] = execute_format(made.checkpoints, {"data": data})
    return filled(made.request, {"data": data, "job": named})


def validated(request: dict[str, Any], call: str = "CreateTrainingJob") -> dict[str, Any]:
    service = botocore.session.get_session().get_service_model("sagemaker")
    validate_parameters(request, service.operation_model(call).input_shape)
    return request


SPOT = {"spot": True, "max_runtime_seconds": 600}


@pytest.mark.parametrize(
    "spec",
    [
        model(),
        model(training=SPOT),
        model(training={"instance_type": "ml.g5.xlarge", "volume_size_gb": 50}),
        model(name="a" * 63),
    ],
    ids=["plain", "spot", "local-storage", "longest-name"],
)
def test_the_request_is_one_that_sagemaker_accepts(spec: ModelSpec) -> None:
    request = validated(request_of(spec))
    assert len(request["TrainingJobName"]) <= 63


@pytest.mark.parametrize("name", ["houses", "a" * 63])
def test_the_name_of_a_further_attempt_fits_and_is_one_of_the_models(name: str) -> None:
    made = job(model(name=name)).retried
    written = made.replace("$.data.retry_suffix, $.job.attempt", "$.both")
    attempt = execute_format(written.replace("{}{}", "{}"), {"both": "0123456789ab-01234100"})
    assert len(attempt) <= 63
    assert re.fullmatch(names.training_job_pattern("dev", name), attempt)


def test_the_validation_notices_a_wrong_request() -> None:
    request = request_of(model())
    request["ResourceConfig"]["VolumeSizeInGB"] = "10"
    with pytest.raises(Exception, match="VolumeSizeInGB"):
        validated(request)


def test_output_and_volume_are_encrypted_with_the_key_and_lie_below_the_models_prefix() -> None:
    request = request_of(model())
    assert request["OutputDataConfig"] == {
        "S3OutputPath": "s3://artifacts/models/houses/jobs/",
        "KmsKeyId": KEY_ARN,
    }
    assert request["ResourceConfig"]["VolumeKmsKeyId"] == KEY_ARN
    assert request["InputDataConfig"] == CHANNELS


CLASSES: dict[str, Any] = {
    "task": "classification",
    "algorithm": "random-forest",
    "gate": {"metric": "accuracy", "threshold": 0.9},
}


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [({}, {"rmse", "mae", "r2"}), (CLASSES, {"accuracy", "f1", "roc_auc", "log_loss"})],
)
def test_every_printed_metric_becomes_the_jobs(changes: dict[str, Any], metrics: set[str]) -> None:
    definitions = request_of(model(**changes))["AlgorithmSpecification"]["MetricDefinitions"]
    owners = ("validation", "baseline", "champion")
    assert {each["Name"] for each in definitions} == {f"{o}:{m}" for o in owners for m in metrics}


def test_a_metric_is_read_where_train_py_prints_it() -> None:
    definitions = request_of(model())["AlgorithmSpecification"]["MetricDefinitions"]
    assert definitions[0] == {"Name": "validation:rmse", "Regex": "metric validation:rmse=([0-9.eE+-]+);"}


def test_script_mode_gets_the_packed_code_and_the_models_own_hyperparameters() -> None:
    hyperparameters = request_of(model())["HyperParameters"]
    assert hyperparameters["sagemaker_program"] == "train.py"
    assert hyperparameters["sagemaker_submit_directory"] == "s3://assets/code.tar.gz"
    assert hyperparameters["features"] == '[{"name": "SquareFeet", "type": "number"}]'
    assert hyperparameters["target"] == "Price"


def test_without_spot_nothing_is_waited_for() -> None:
    request = request_of(model())
    assert request["EnableManagedSpotTraining"] is False
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert "CheckpointConfig" not in request


def test_spot_waits_as_long_again_and_keeps_checkpoints() -> None:
    request = request_of(model(algorithm="random-forest", training=SPOT))
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}
    assert request["CheckpointConfig"]["S3Uri"].startswith("s3://artifacts/models/houses/jobs/checkpoints/")
    assert request["CheckpointConfig"]["S3Uri"].endswith("f" * names.JOB_SUFFIX_LENGTH + "/")
    assert request["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert job(model(training=SPOT)).longest_seconds == 2 * 1200


def test_an_algorithm_that_writes_no_checkpoints_has_no_place_for_them() -> None:
    assert "CheckpointConfig" not in request_of(model(training=SPOT))


def test_checkpoints_can_be_kept_without_spot() -> None:
    request = request_of(model(algorithm="random-forest", training={"checkpoints": True}))
    assert "CheckpointConfig" in request


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        ("ml.m5.large", False),
        ("ml.c5n.xlarge", False),
        ("ml.p3.2xlarge", False),
        ("ml.r5d.large", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.trn1.2xlarge", True),
    ],
)
def test_a_key_is_given_only_for_volumes_that_take_one(instance_type: str, local: bool) -> None:
    config = request_of(model(training={"instance_type": instance_type}))["ResourceConfig"]
    assert ("VolumeKmsKeyId" not in config) is local


def test_the_same_data_under_the_same_definition_has_the_same_job_name() -> None:
    assert request_of(model())["TrainingJobName"] == request_of(model())["TrainingJobName"]


@pytest.mark.parametrize(
    "other",
    [
        definition_hash(model(target="Rent"), "code", "image"),
        definition_hash(model(hyperparameters={"fit_intercept": False}), "code", "image"),
        definition_hash(model(training={"volume_size_gb": 20}), "code", "image"),
        definition_hash(model(), "other code", "image"),
        definition_hash(model(), "code", "other image"),
    ],
)
def test_another_definition_has_another_job_name(other: str) -> None:
    assert definition_hash(model(), "code", "image") != other


def test_the_form_in_which_a_forest_is_served_is_part_of_its_definition() -> None:
    forms = [
        model(algorithm="random-forest", serving={"type": "realtime", "format": form})
        for form in ("portable", "onnx")
    ]
    assert len({definition_hash(form, "code", "image") for form in forms}) == 2


def test_a_metric_that_the_algorithm_is_told_changes_the_job_name() -> None:
    def boosted(metric: str) -> ModelSpec:
        return model(algorithm="xgboost", gate={"metric": metric, "threshold": 1.0})

    told = [request_of_built_in(boosted(metric))["eval_metric"] for metric in ("rmse", "mae")]
    assert told == ["rmse", "mae"]
    assert len({definition_hash(boosted(metric), "code", "image") for metric in told}) == 2


def request_of_built_in(spec: ModelSpec) -> dict[str, str]:
    return job(spec).request["HyperParameters"]


def test_what_does_not_change_the_model_does_not_change_the_job_name() -> None:
    scheduled = model(
        training={"schedule": "rate(1 day)", "on_new_data": True, "debounce_seconds": 5},
        gate={"metric": "mae", "threshold": 2.0},
    )
    assert definition_hash(scheduled, "code", "image") == definition_hash(model(), "code", "image")
