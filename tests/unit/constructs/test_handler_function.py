"""What every function of the project has in common, and what goes into its asset."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from sagemaker_lifecycle.handler_function import LAMBDA_ROOT, HandlerFunction, stage_handler
from tests.unit.synthesis import KEY_ARN, checked_app, empty_stack, found, statements, template_of
from tests.unit.template_values import only


def handler(stack: Stack, models_file: str = "models.json") -> HandlerFunction:
    return HandlerFunction(
        stack,
        "Predict",
        package="predict",
        description="Asks the endpoint",
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
        log_retention_days=30,
        environment={"MODELS_FILE": models_file},
        timeout=Duration.seconds(29),
        memory_mb=512,
        statements=[iam.PolicyStatement(actions=["sagemaker:InvokeEndpoint"], resources=[KEY_ARN])],
    )


@cache
def template() -> dict[str, Any]:
    stack = empty_stack()
    handler(stack)
    return template_of(stack)


def function() -> dict[str, Any]:
    return only(template()["Resources"], "AWS::Lambda::Function")


def test_it_runs_the_packages_handler_on_the_newest_python_as_declared() -> None:
    assert function()["Handler"] == "predict.handler.handler"
    assert function()["Runtime"] == "python3.14"
    assert function()["Architectures"] == ["arm64"]
    assert function()["Timeout"] == 29
    assert function()["MemorySize"] == 512
    assert function()["Environment"] == {"Variables": {"MODELS_FILE": "models.json"}}


def test_its_logs_are_encrypted_and_kept_for_the_declared_time() -> None:
    logs = only(template()["Resources"], "AWS::Logs::LogGroup")
    assert logs == {"KmsKeyId": KEY_ARN, "RetentionInDays": 30}
    assert function()["LoggingConfig"]["LogFormat"] == "JSON"
    [(logical_id, group)] = [
        each for each in template()["Resources"].items() if each[1]["Type"] == "AWS::Logs::LogGroup"
    ]
    assert function()["LoggingConfig"]["LogGroup"] == {"Ref": logical_id}
    assert group["DeletionPolicy"] == "Delete"


def test_it_is_traced() -> None:
    assert function()["TracingConfig"] == {"Mode": "Active"}


def test_its_role_is_its_own_and_has_no_managed_policy() -> None:
    role = only(template()["Resources"], "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_it_may_do_what_was_declared_and_write_logs_and_traces_only() -> None:
    allowed = {action for statement in statements(template()) for action in statement["Action"]}
    assert allowed == {
        "sagemaker:InvokeEndpoint",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_what_takes_no_resource_is_in_policies_of_its_own() -> None:
    policies = [
        [statement["Resource"] for statement in each["Properties"]["PolicyDocument"]["Statement"]]
        for each in template()["Resources"].values()
        if each["Type"] == "AWS::IAM::Policy"
    ]
    assert ["*"] in policies
    assert all(resources == ["*"] or "*" not in resources for resources in policies)


def test_an_unexplained_star_in_a_handlers_policy_is_found(tmp_path: Path) -> None:
    """What is accepted for tracing is accepted for tracing alone."""
    assert findings(tmp_path / "as_it_is") == []
    listing = iam.PolicyStatement(actions=["sagemaker:ListModels"], resources=["*"])
    assert findings(tmp_path / "more", listing) == ["AwsSolutions-IAM5[Resource::*]"]


def findings(outdir: Path, *more: iam.PolicyStatement) -> list[str]:
    """What the checks find on a function that may do `more`."""
    app = checked_app(outdir)
    stack = Stack(app, "test")
    handler(stack).allow(*more)
    return found(app, outdir)


def test_the_asset_is_the_package_the_shared_package_and_the_generated_files(tmp_path: Path) -> None:
    stage_handler(tmp_path, "snapshot_data", {"models.json": '{"a": 1}'})

    staged = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    assert {path.split("/")[0] for path in staged} == {"snapshot_data", "handler_common", "models.json"}
    assert (tmp_path / "models.json").read_text() == '{"a": 1}'
    handler = "snapshot_data/handler.py"
    assert (tmp_path / handler).read_bytes() == (LAMBDA_ROOT / handler).read_bytes()
    assert all(path.endswith((".py", ".json")) for path in staged)


def test_a_package_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match="no such package in lambda/, needed by the function 'nobody'"
    ):
        stage_handler(tmp_path, "nobody", {})


def test_variables_that_lambda_refuses_end_the_synth_with_the_limit() -> None:
    most = 4096 - len('{"MODELS_FILE":""}')
    handler(empty_stack(), "x" * most)
    message = "test/Predict: its variables may take 4097 characters; Lambda allows 4096. Deploy fewer models"
    with pytest.raises(ValueError, match=message):
        handler(empty_stack(), "x" * (most + 1))
