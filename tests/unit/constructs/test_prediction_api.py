"""The API: who may call it, how often, and what is written down of it."""

from functools import cache
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.prediction_api import PredictionApi
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import of_type, only


@cache
def resources() -> dict[str, Any]:
    stack = empty_stack()
    predict, feedback = (
        lambda_.Function.from_function_arn(
            stack, name, f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        )
        for name in ("predict", "feedback")
    )
    PredictionApi(
        stack,
        "Predictions",
        predict=predict,
        feedback=feedback,
        environment=environment_named("dev"),
        key=kms.Key.from_key_arn(
            stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
    )
    return template_of(stack)["Resources"]


def method_settings() -> dict[str, Any]:
    [settings] = only(resources(), "AWS::ApiGateway::Stage")["MethodSettings"]
    return settings


def test_both_methods_are_authorized_by_iam() -> None:
    methods = of_type(resources(), "AWS::ApiGateway::Method")
    assert [(it["HttpMethod"], it["AuthorizationType"]) for it in methods] == [("POST", "AWS_IAM")] * 2


def test_each_route_has_its_function() -> None:
    methods = of_type(resources(), "AWS::ApiGateway::Method")
    uris = [str(it["Integration"]["Uri"]) for it in methods]
    assert [("function:predict/" in uri, "function:feedback/" in uri) for uri in uris] == [
        (True, False),
        (False, True),
    ]


def test_the_path_names_the_model() -> None:
    parts = [it["PathPart"] for it in of_type(resources(), "AWS::ApiGateway::Resource")]
    assert parts == ["models", "{model}", "predictions", "feedback"]


def test_requests_are_throttled_as_the_environment_says() -> None:
    dev = environment_named("dev")
    settings = method_settings()
    assert settings["ThrottlingRateLimit"] == dev.api_rate_limit
    assert settings["ThrottlingBurstLimit"] == dev.api_burst_limit


def test_no_body_is_logged() -> None:
    assert method_settings()["DataTraceEnabled"] is False
    access_log = only(resources(), "AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]
    assert "body" not in access_log.lower()


def test_both_logs_are_encrypted_and_forget() -> None:
    groups = of_type(resources(), "AWS::Logs::LogGroup")
    assert len(groups) == 2
    for group in groups:
        assert group["KmsKeyId"]
        assert group["RetentionInDays"] == environment_named("dev").log_retention_days


def test_the_stage_waits_for_the_log_group_that_api_gateway_would_make_itself() -> None:
    [stage] = [it for it in resources().values() if it["Type"] == "AWS::ApiGateway::Stage"]
    assert any(it.startswith("PredictionsExecutionLog") for it in stage["DependsOn"])


def test_the_accounts_logging_role_outlives_the_stack() -> None:
    kept = {it["Type"] for it in resources().values() if it.get("DeletionPolicy") == "Retain"}
    assert kept == {"AWS::ApiGateway::Account", "AWS::IAM::Role"}


def test_api_gateways_own_errors_have_the_handlers_shape() -> None:
    responses = of_type(resources(), "AWS::ApiGateway::GatewayResponse")
    assert {it["ResponseType"] for it in responses} == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses:
        assert response["ResponseTemplates"]["application/json"].startswith('{"error":{"code":')


def test_a_body_must_be_a_json_object() -> None:
    validator = only(resources(), "AWS::ApiGateway::RequestValidator")
    assert (validator["ValidateRequestBody"], validator["ValidateRequestParameters"]) == (True, True)
    assert only(resources(), "AWS::ApiGateway::Model")["Schema"]["type"] == "object"
