"""The way of an approval to the rotate function."""

from functools import cache
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.approval_queue import ApprovalQueue
from sagemaker_lifecycle.release_functions import ROTATE_TIMEOUT
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import of_type, only

EIGHT_HOURS = 8 * 3600


@cache
def resources() -> dict[str, Any]:
    stack = empty_stack()
    function = lambda_.Function(
        stack,
        "Rotate",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("pass"),
        timeout=Duration.minutes(1),
    )
    ApprovalQueue(
        stack,
        "Approvals",
        group_prefix="lifecycle-dev-",
        stack_prefix="lifecycle-dev-endpoint-",
        function=cast("lambda_.IFunction", function),
    )
    return template_of(stack)["Resources"]


def main_queue() -> dict[str, Any]:
    [queue] = [queue for queue in of_type(resources(), "AWS::SQS::Queue") if "RedrivePolicy" in queue]
    return queue


def rule(word: str) -> dict[str, Any]:
    [found] = [
        item["Properties"] for name, item in resources().items() if name.startswith(f"Approvals{word}")
    ]
    return found


def test_a_message_stays_hidden_six_times_as_long_as_the_function_may_run() -> None:
    assert main_queue()["VisibilityTimeout"] >= 6 * ROTATE_TIMEOUT.to_seconds()


def test_a_message_outlasts_the_longest_deployment() -> None:
    queue = main_queue()
    lasts = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]
    assert EIGHT_HOURS < lasts < queue["MessageRetentionPeriod"]


def test_only_approvals_of_the_environments_own_groups_count() -> None:
    assert rule("Approved")["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [{"prefix": "lifecycle-dev-"}],
            "ModelApprovalStatus": ["Approved"],
        },
    }


def test_roll_backs_of_the_environments_own_stacks_count_while_they_begin_and_when_they_fail() -> None:
    pattern = rule("RolledBack")["EventPattern"]
    [prefix] = pattern["detail"]["stack-id"]
    assert prefix["prefix"]["Fn::Join"][1][-1] == ":stack/lifecycle-dev-endpoint-"
    assert pattern["detail"]["status-details"]["status"] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
    ]


def test_the_end_of_an_update_of_such_a_stack_counts() -> None:
    detail = rule("Updated")["EventPattern"]["detail"]
    assert detail["stack-id"] == rule("RolledBack")["EventPattern"]["detail"]["stack-id"]
    assert detail["status-details"]["status"] == ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]


def test_a_failed_message_does_not_bring_back_its_batch() -> None:
    mapping = only(resources(), "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_both_queues_are_encrypted_and_take_tls_only() -> None:
    assert [queue["SqsManagedSseEnabled"] for queue in of_type(resources(), "AWS::SQS::Queue")] == [
        True,
        True,
    ]
    policies = of_type(resources(), "AWS::SQS::QueuePolicy")
    denied = [
        statement["Condition"]
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert denied == [{"Bool": {"aws:SecureTransport": "false"}}] * 2


def test_an_event_that_cannot_be_delivered_is_kept() -> None:
    for one in of_type(resources(), "AWS::Events::Rule"):
        [target] = one["Targets"]
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("ApprovalsDeadLetters")
