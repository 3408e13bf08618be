"""Tasks of a training execution that run SageMaker's jobs and wait for their ends."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import arns

# A throttled call comes under SageMaker's general name.
SAGEMAKER_TRANSIENT = [
    "SageMaker.AmazonSageMakerException",
    "SageMaker.ThrottlingException",
    "ThrottlingException",
]


def job_task(
    scope: Construct, name: str, call: str, request: dict[str, Any], members: dict[str, Any]
) -> sfn.CustomState:
    """A state that sends `request` and waits until the job has ended; `members`: the rest of the state.

    What started nothing is sent again: no capacity within the quota, or a throttled call.
    """
    state = sfn.CustomState(
        scope,
        name,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{arns.PARTITION}:states:::sagemaker:{call}.sync",
            "Parameters": request,
            **members,
        },
    )
    state.add_retry(
        errors=["SageMaker.ResourceLimitExceededException"],
        interval=Duration.minutes(1),
        max_attempts=6,
        backoff_rate=2,
    )
    retry_transient(state)
    return state


def retry_transient(state: sfn.CustomState) -> None:
    """Send a throttled request again."""
    state.add_retry(errors=SAGEMAKER_TRANSIENT, interval=Duration.seconds(5), max_attempts=3, backoff_rate=2)
