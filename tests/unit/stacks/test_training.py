"""The training stack of the project's own models."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from tests.unit.stacks.whole_app import model
from tests.unit.stacks.whole_app import templates as synthesized
from tests.unit.template_values import of_type
from tests.unit.training_values import execute_format, filled, plain

Templates = dict[str, dict[str, Any]]


@pytest.fixture
def training(templates: Templates) -> dict[str, Any]:
    return templates["training"]


@pytest.fixture
def states(training: dict[str, Any]) -> dict[str, Any]:
    [machine] = of_type(training["Resources"], "AWS::StepFunctions::StateMachine")
    return json.loads(plain(machine["DefinitionString"]))["States"]


def statements(template: dict[str, Any], beginning: str) -> list[dict[str, Any]]:
    return [
        statement
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy" and name.startswith(beginning)
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


def resources_of(template: dict[str, Any], beginning: str, action: str) -> set[str]:
    found: set[str] = set()
    for statement in statements(template, beginning):
        actions, resources = statement["Action"], statement["Resource"]
        if action in (actions if isinstance(actions, list) else [actions]):
            found |= {plain(each) for each in (resources if isinstance(resources, list) else [resources])}
    return found


def without_tokens(node: Any) -> Any:
    """References in angle brackets replaced by an ARN, which fits every place that has one."""
    if isinstance(node, dict):
        return {key: without_tokens(value) for key, value in node.items()}
    if isinstance(node, list):
        return [without_tokens(value) for value in node]
    if isinstance(node, str) and "Arn" in node and node.startswith("<"):
        return "arn:aws:iam::123456789012:role/example"
    return node


def test_the_training_request_in_the_template_is_one_that_sagemaker_accepts(states: dict[str, Any]) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://data/models/house-prices/data/"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    data = {"job_suffix": "0123456789ab-01234567", "channels": [channel]}
    name = execute_format(states["Job"]["Parameters"]["name.$"], {"data": data})
    request = without_tokens(filled(states["Train"]["Parameters"], {"data": data, "job": {"name": name}}))

    service = botocore.session.get_session().get_service_model("sagemaker")
    validate_parameters(request, service.operation_model("CreateTrainingJob").input_shape)

    assert len(name) <= 63
    assert name.startswith("dev-house-prices-")
    assert '.$"' not in json.dumps(request)


def test_the_source_looks_below_the_models_prefix_of_the_data_bucket(states: dict[str, Any]) -> None:
    parameters = states["Source"]["Parameters"]
    assert parameters["model"] == "house-prices"
    assert parameters["prefix"] == "models/house-prices/data/"
    assert "DataBucket" in parameters["bucket"]


def test_the_gate_and_the_registry_are_the_models_own(states: dict[str, Any]) -> None:
    parameters = states["Register"]["Parameters"]
    assert parameters["gate"] == {
        "metric": "validation:rmse",
        "guess": "baseline:rmse",
        "direction": "minimize",
        "threshold": 5000,
        "margin": 0,
    }
    assert parameters["package_group"] == "lifecycle-dev-house-prices"
    assert parameters["approval"] == "auto"
    assert parameters["environment"] == {
        "SAGEMAKER_SERVING_MODULE": "wsgi:app",
        "PYTHONPATH": "/opt/ml/model/code",
    }


def test_what_trains_also_serves(states: dict[str, Any]) -> None:
    trained = states["Train"]["Parameters"]["AlgorithmSpecification"]["TrainingImage"]
    assert states["Register"]["Parameters"]["image"] == trained
    assert trained.endswith("/sagemaker-scikit-learn:1.9-0-cpu-py3")


def test_the_snapshot_function_may_list_the_data_and_read_what_models_are_trained_on(
    training: dict[str, Any],
) -> None:
    [bucket] = resources_of(training, "SnapshotData", "s3:ListBucket")
    assert "DataBucket" in bucket
    [objects] = resources_of(training, "SnapshotData", "s3:GetObject")
    assert "DataBucket" in objects
    assert objects.endswith("/models/house-prices/data/*")
    [key] = resources_of(training, "SnapshotData", "kms:Decrypt")
    assert "Key" in key


def test_the_snapshot_function_may_leave_manifests_and_nothing_else(training: dict[str, Any]) -> None:
    [manifests] = resources_of(training, "SnapshotData", "s3:PutObject")
    assert "ArtifactBucket" in manifests
    assert manifests.endswith("/models/*/jobs/manifests/*")
    assert resources_of(training, "SnapshotData", "kms:GenerateDataKey") == resources_of(
        training, "SnapshotData", "kms:Decrypt"
    )


def test_the_source_leaves_the_manifest_in_a_folder_of_the_models(states: dict[str, Any]) -> None:
    manifests = states["Source"]["Parameters"]["manifests"]
    assert manifests.startswith("s3://<lifecycle-dev-foundation:")
    assert manifests.endswith("/models/house-prices/jobs/manifests/")


def test_the_register_function_may_register_in_the_environments_groups_only(training: dict[str, Any]) -> None:
    here = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>"
    assert resources_of(training, "RegisterModel", "sagemaker:CreateModelPackage") == {
        f"{here}:model-package/lifecycle-dev-*/*",
        f"{here}:model-package-group/lifecycle-dev-*",
    }
    assert resources_of(training, "RegisterModel", "sagemaker:DescribeTrainingJob") == {
        f"{here}:training-job/dev-house-prices-????????-*"
    }
    assert resources_of(training, "RegisterModel", "sagemaker:UpdateModelPackage") == set()


@pytest.mark.parametrize("function", ["SnapshotData", "RegisterModel"])
def test_what_is_live_they_learn_from_the_endpoint_stacks_and_nothing_else(
    training: dict[str, Any], function: str
) -> None:
    here = "arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>"
    assert resources_of(training, function, "cloudformation:DescribeStacks") == {
        f"{here}:stack/lifecycle-dev-endpoint-*/*"
    }
    for action in ("cloudformation:UpdateStack", "ssm:GetParameter"):
        assert resources_of(training, function, action) == set()


def test_the_register_function_may_read_reports_where_there_are_awss_own_algorithms_only() -> None:
    found, none = (
        resources_of(synthesized(*specs)["training"], "RegisterModel", "s3:GetObject")
        for specs in ([model("houses"), model("forest", algorithm="xgboost")], [model("houses")])
    )
    files = "models/*/jobs/manifests/*"
    assert {resource.rpartition(":::")[2].partition("/")[2] for resource in none} == {files}
    assert {resource.rpartition(":::")[2].partition("/")[2] for resource in found} == {
        files,
        "models/*/jobs/prepared/*/report/baseline.json",
        "models/*/jobs/measured/*/report/champion.json",
    }


def test_the_register_function_may_look_at_versions_of_the_data_and_not_list_the_bucket_otherwise(
    training: dict[str, Any],
) -> None:
    [bucket] = resources_of(training, "RegisterModel", "s3:ListBucketVersions")
    assert "DataBucket" in bucket
    [versions] = resources_of(training, "RegisterModel", "s3:GetObjectVersion")
    assert "DataBucket" in versions
    assert versions.endswith("/models/*/data/*")
    assert resources_of(training, "RegisterModel", "s3:ListBucket") == set()


def test_training_may_read_its_code_and_nothing_else_of_the_bootstrap_bucket(
    training: dict[str, Any],
) -> None:
    [code] = resources_of(training, "CodeRead", "s3:GetObject")
    assert "cdk-hnb659fds-assets" in code
    assert "*" not in code


def test_a_failed_and_an_overdue_execution_ring(training: dict[str, Any]) -> None:
    alarms = of_type(training["Resources"], "AWS::CloudWatch::Alarm")
    assert {alarm["MetricName"] for alarm in alarms} == {"ExecutionsFailed", "ExecutionsTimedOut"}
    for alarm in alarms:
        assert alarm["Namespace"] == "AWS/States"
        assert [each["Name"] for each in alarm["Dimensions"]] == ["StateMachineArn"]
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_command_line_finds_the_machine_in_the_outputs(training: dict[str, Any]) -> None:
    [(logical_id, _)] = [
        each
        for each in training["Resources"].items()
        if each[1]["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    assert {"Ref": logical_id} in [output["Value"] for output in training["Outputs"].values()]
