"""Custom resource after the endpoint: fails the update unless the endpoint serves the intended config.

Environment: PARAMETER_PREFIX.
IAM permissions: sagemaker:DescribeEndpoint on the endpoints; ssm:GetParameter and ssm:PutParameter on
`<PARAMETER_PREFIX>*/releases`; cloudformation:DescribeStacks on the endpoint stacks; cloudwatch:PutMetricData
on * (it takes no resource) with the condition cloudwatch:namespace = SageMakerLifecycle.
"""

from typing import Any

from handler_common import logs
from release_check import aws, logic
from release_check.check import check, close
from release_check.settings import Settings

SETTINGS = Settings.read()
# Seconds of the function's own time-out kept for a last try of the ledger and the answer with its retries.
RESERVE = 60


def handler(event: dict[str, Any], context: Any) -> None:
    """CloudFormation's custom-resource request; whatever happens, it is answered.

    A good release stands also when the ledger cannot be reached. Unrecorded is raised after the answer, so
    that Lambda counts an error, for the alarm, and asks again twice.
    """
    reason = unrecorded = None
    try:
        if event["RequestType"] == "Delete":
            close(event["ResourceProperties"], SETTINGS.parameter_prefix, event["StackId"])
        else:
            seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE
            check(logic.read_intended(event["ResourceProperties"]), SETTINGS.parameter_prefix, seconds)
    except logic.Unrecorded as error:
        unrecorded = error
    except Exception as error:
        reason = str(error) if isinstance(error, logic.CheckFailed) else f"{type(error).__name__}: {error}"
    answer = logic.answer(event, reason)
    logs.info("release check", request=event["RequestType"], stack=event["StackId"], answer=answer)
    aws.send_answer(event["ResponseURL"], answer)
    if unrecorded:
        raise unrecorded
