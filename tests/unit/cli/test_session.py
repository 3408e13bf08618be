"""What every command begins with: region, models, stacks and their outputs."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from cli import session as sessions
from cli.session import CommandError, Session, parameter
from tests.unit.cli.conftest import FakeAws, aws_error, does_not_exist, stack, with_outputs


def test_no_region_is_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.region == "eu-west-1"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CommandError, match="no AWS region is configured"):
        _ = session.region


def test_no_region_is_told_in_the_same_words_by_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    sessions._client.cache_clear()
    with pytest.raises(CommandError, match="no AWS region is configured"):
        Session("dev").client("cloudformation")


@pytest.mark.parametrize(
    ("environment", "local", "on_aws"),
    [
        ("dev", "`make deploy-local`", "`npx cdk deploy --all -c environment=dev`"),
        ("prod", "`make deploy-local ENVIRONMENT=prod`", "`npx cdk deploy --all -c environment=prod`"),
    ],
)
def test_what_deploys_is_named(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, environment: str, local: str, on_aws: str
) -> None:
    assert Session(environment).how_to_deploy == local
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert Session(environment).how_to_deploy == on_aws


def test_an_endpoint_url_means_the_embedded_aws(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.local
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert not session.local


def test_an_unknown_environment_is_told_with_those_that_there_are() -> None:
    with pytest.raises(CommandError) as caught:
        Session("nope")
    assert str(caught.value) == "environment: 'nope' does not exist; allowed: dev, prod"


def test_an_unknown_model_is_told_with_those_that_there_are(session: Session) -> None:
    assert session.model("house-prices").name == "house-prices"
    with pytest.raises(CommandError, match=r"no model is named 'nope'; there are: .*house-prices"):
        session.model("nope")


def test_a_stack_that_is_not_there_is_told_with_the_command_that_makes_it(
    session: Session, aws: FakeAws
) -> None:
    aws.says("cloudformation", "describe_stacks", does_not_exist("lifecycle-dev-inference"))
    with pytest.raises(CommandError) as caught:
        session.output("inference", "ApiUrl")
    assert str(caught.value) == "the stack lifecycle-dev-inference is not deployed: `make deploy-local`"


def test_another_refusal_of_cloudformation_is_not_taken_for_absence(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", aws_error("AccessDenied"))
    with pytest.raises(ClientError, match="AccessDenied"):
        session.endpoint_stack("house-prices")


def test_an_output_is_read_and_a_missing_one_is_named(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", with_outputs(ApiUrl="https://x"))
    assert session.output("inference", "ApiUrl") == "https://x"
    with pytest.raises(CommandError, match="has no output Other: deploy it again"):
        session.output("inference", "Other")


def test_a_parameter_that_is_not_there_is_empty() -> None:
    described = stack(champion="arn:x/3")["Stacks"][0]
    assert (parameter(described, "ChampionPackage"), parameter(described, "Other")) == ("arn:x/3", "")
