"""Releases that fail on the way: the old one goes on serving and the stack ends healthy."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from cli import releases
from cli.session import Session
from sagemaker_lifecycle import names
from tests.integration.deployment import settle
from tests.integration.walking import ledger, predicted, released, train
from tests.waiting import eventually

MODEL = "careful"
STACK = names.endpoint_stack_name("dev", MODEL)
ENDPOINT = names.endpoint_name("dev", MODEL)


@pytest.fixture(scope="module")
def live(life: Session) -> str:
    """The package that is live before anything fails."""
    trained = train(life, MODEL)
    released(life, MODEL, trained.package)
    return trained.package


@pytest.fixture(scope="module")
def mailbox(life: Session) -> str:
    """A queue, by its address, that gets what people are told."""
    sqs, sns = life.client("sqs"), life.client("sns")
    url = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = life.output("observability", "AlarmTopicArn")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


def told(life: Session, mailbox: str, word: str) -> str:
    """The first message with the word; what comes before it is dropped."""

    def read() -> list[str]:
        got = life.client("sqs").receive_message(QueueUrl=mailbox, MaxNumberOfMessages=10)
        return [message["Body"] for message in got.get("Messages", []) if word in message["Body"]]

    return eventually(read, bool)[0]


def busy(life: Session) -> None:
    eventually(lambda: life.stack(STACK)["StackStatus"], lambda status: status.endswith("_IN_PROGRESS"))


def assert_still_live(life: Session, package: str) -> None:
    assert settle(life.client, STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert releases.champion(life, MODEL) == package
    assert ledger(life, MODEL)[-1] == package
    assert predicted(life, MODEL) == pytest.approx(360000, abs=1)
    sagemaker = life.client("sagemaker")
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointStatus"] == "InService"
    configs = sagemaker.list_endpoint_configs(NameContains=MODEL)["EndpointConfigs"]
    assert [c["EndpointConfigName"] for c in configs] == [described["EndpointConfigName"]]


def why_rejected(life: Session, package: str) -> str:
    """What the registry says of the package, once CloudFormation's event has reached the rotate function."""
    described = eventually(
        lambda: life.client("sagemaker").describe_model_package(ModelPackageName=package),
        lambda found: found["ModelApprovalStatus"] == "Rejected",
    )
    return described["ApprovalDescription"]


def check_failures(life: Session) -> list[str]:
    events = life.client("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"]
    return [
        e["ResourceStatusReason"]
        for e in events
        if e["LogicalResourceId"].startswith("ReleaseCheck") and e["ResourceStatus"].endswith("FAILED")
    ]


def test_an_alarm_during_the_bake_takes_the_release_back_and_the_check_says_so(
    life: Session, live: str, mailbox: str
) -> None:
    """SageMaker's own roll-back is silent: the endpoint is InService, on the configuration before."""
    second = train(life, MODEL, force=True)
    busy(life)
    sagemaker = life.client("sagemaker")
    eventually(
        lambda: sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"],
        lambda status: status == "Updating",
    )
    dimensions = [
        {"Name": "EndpointName", "Value": ENDPOINT},
        {"Name": "VariantName", "Value": names.CHAMPION},
    ]
    unanswered = [
        {"MetricName": name, "Value": value, "Dimensions": dimensions}
        for name, value in (("InvocationModelErrors", 1), ("Invocation4XXErrors", 0))
    ]

    def fail_and_look() -> str:
        life.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=unanswered)
        return sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]

    eventually(fail_and_look, lambda status: status != "Updating")
    assert_still_live(life, live)
    [reason] = check_failures(life)
    assert "is InService on config" in reason
    assert STACK in told(life, mailbox, "is in UPDATE_ROLLBACK_COMPLETE: the release did not take")
    assert second.package not in ledger(life, MODEL)
    assert "ReleaseCheck" in why_rejected(life, second.package)


def test_a_model_that_does_not_start_is_never_released(life: Session, live: str, mailbox: str) -> None:
    alarms = life.client("cloudwatch")
    eventually(
        lambda: alarms.describe_alarms(AlarmNamePrefix=ENDPOINT, StateValue="ALARM")["MetricAlarms"],
        lambda found: found == [],
    )
    before = len(check_failures(life))
    broken = _package_of_nothing(life, live)
    busy(life)
    assert_still_live(life, live)
    assert len(check_failures(life)) >= before
    assert STACK in told(life, mailbox, "UPDATE_ROLLBACK_COMPLETE")
    assert broken not in ledger(life, MODEL)
    assert why_rejected(life, broken).startswith("release failed: ")


def _package_of_nothing(life: Session, like: str) -> str:
    """An approved package whose archive holds no model."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("empty"), io.BytesIO())
    bucket = life.output("foundation", "ArtifactBucketName")
    key = f"{names.jobs_prefix(MODEL)}nothing/model.tar.gz"
    life.client("s3").put_object(Bucket=bucket, Key=key, Body=archive.getvalue())
    described = life.client("sagemaker").describe_model_package(ModelPackageName=like)
    specification: dict[str, Any] = described["InferenceSpecification"]
    [container] = specification["Containers"]
    allowed = {key: container[key] for key in ("Image", "Environment") if key in container}
    return life.client("sagemaker").create_model_package(
        ModelPackageGroupName=names.model_package_group_name("dev", MODEL),
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{**allowed, "ModelDataUrl": f"s3://{bucket}/{key}"}],
            "SupportedContentTypes": specification["SupportedContentTypes"],
            "SupportedResponseMIMETypes": specification["SupportedResponseMIMETypes"],
        },
    )["ModelPackageArn"]
