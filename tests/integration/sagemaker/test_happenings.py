"""State changes reach EventBridge in the form that AWS documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import wait_for

Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def events(line: Any) -> Events:
    """What a rule for everything of SageMaker's brought to a queue so far, by detail-type."""
    sqs, bus = line.client("sqs"), line.client("events")
    url = sqs.create_queue(QueueName=line.name("events"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = line.name("rule")
    rule_arn = bus.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    bus.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    seen: list[dict[str, Any]] = []

    def of_type(detail_type: str) -> list[dict[str, Any]]:
        while True:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for message in messages:
                seen.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if not messages:
                return [event for event in seen if event["detail-type"] == detail_type]

    return of_type


def test_a_package_tells_of_its_registration_and_its_approval(line: Any, events: Events) -> None:
    group = line.name("group")
    line.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    package = line.package(line.artefact(1), group, "PendingManualApproval")
    line.sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")

    def told() -> list[dict[str, Any]]:
        of_the_group = events("SageMaker Model Package State Change")
        return [e for e in of_the_group if e["detail"]["ModelPackageGroupName"] == group]

    found = wait_for(told, lambda some: len(some) == 2)
    statuses = {event["detail"]["ModelApprovalStatus"] for event in found}
    assert statuses == {"PendingManualApproval", "Approved"}
    for event in found:
        assert event["source"] == "aws.sagemaker"
        assert event["resources"] == [package]
        assert event["detail"]["ModelPackageVersion"] == 1
        assert event["detail"]["ModelPackageArn"] == package
        assert event["detail"]["ModelPackageStatus"] == "Completed"


def test_a_failed_job_tells_its_reason(line: Any, events: Events) -> None:
    parameters = line.training_request()["HyperParameters"] | {"sagemaker_program": "nothing.py"}
    job = line.trained(HyperParameters=parameters)["TrainingJobName"]

    def failed() -> list[dict[str, Any]]:
        changes = [event["detail"] for event in events("SageMaker Training Job State Change")]
        return [d for d in changes if d["TrainingJobName"] == job and d["TrainingJobStatus"] == "Failed"]

    [detail] = wait_for(failed, bool)
    assert "nothing.py is not in" in detail["FailureReason"]
    assert isinstance(detail["CreationTime"], int)  # milliseconds, as AWS sends them


def test_an_endpoint_tells_its_status_in_the_events_own_form(line: Any, events: Events) -> None:
    name = line.endpoint(line.config({"champion": (line.model(1), 1)}))

    def statuses() -> set[str]:
        changes = [event["detail"] for event in events("SageMaker Endpoint State Change")]
        return {detail["EndpointStatus"] for detail in changes if detail["EndpointName"] == name}

    assert wait_for(statuses, lambda some: len(some) == 2) == {"CREATING", "IN_SERVICE"}


def test_a_transform_job_tells_how_it_ended(line: Any, events: Events) -> None:
    name = line.name("transform")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://no-such-bucket/rows.csv"}}
    answer = line.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=line.model(1),
        TransformInput={"DataSource": source},
        TransformOutput={"S3OutputPath": "s3://no-such-bucket/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )

    def told() -> list[dict[str, Any]]:
        of_transforms = events("SageMaker Transform Job State Change")
        return [e for e in of_transforms if e["detail"]["TransformJobName"] == name]

    [event] = wait_for(told, lambda some: len(some) == 1)
    assert event["resources"] == [answer["TransformJobArn"]]
    assert event["detail"]["TransformJobStatus"] == "Failed"
    assert "NoSuchBucket" in event["detail"]["FailureReason"]
