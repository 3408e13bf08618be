"""Moves a model's endpoint stack to the release that the registry, or a person, wants; never waits for it.

Input: SQS records with events of the registry, of CloudFormation and of the clock, or {"action", "model",
"package"?, "by"?, "reason"?}, of a trial also "traffic" and "mode", of parking also "idle_hours".
Environment: ENVIRONMENT, MODELS, STACK_PREFIX, GROUP_PREFIX, PARAMETER_PREFIX, RELEASE_ROLE_ARN.
IAM permissions: cloudformation:DescribeStacks, DescribeStackResources, DescribeStackEvents, UpdateStack and
ContinueUpdateRollback on `stack/<STACK_PREFIX>*`, the last two with the condition cloudformation:RoleArn =
RELEASE_ROLE_ARN; iam:PassRole of that role to
cloudformation.amazonaws.com; sagemaker:ListModelPackages on * (it takes no resource);
sagemaker:DescribeModelPackage and sagemaker:UpdateModelPackage on `model-package/<group>/*`;
sagemaker:DescribeEndpoint on the endpoints; cloudwatch:DescribeAlarms on * (composite alarms need it);
for "idle_hours" cloudwatch:GetMetricData on * (it takes no resource);
ssm:GetParameter on `<PARAMETER_PREFIX>*`, ssm:PutParameter on `<PARAMETER_PREFIX>*/parked`; for the queue
sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes.
"""

from typing import Any

from handler_common import logs
from rotate import events
from rotate.release import rotate
from rotate.settings import Settings
from rotate.state import BadRequest, read_request

SETTINGS = Settings.read()
GROUPS = {SETTINGS.group(model): model for model in SETTINGS.models}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Direct: {"action", "model", "outcome", "package", "reason"}. From SQS: the messages to show again."""
    if "Records" in event:
        return events.failures(events.work_off(event["Records"], GROUPS, SETTINGS))
    try:
        return rotate(read_request(event, SETTINGS.models), SETTINGS)
    except BadRequest as error:
        logs.warning("bad request", event=event, reason=str(error))
        named = {key: str(event.get(key) or "") for key in ("action", "model")}
        return {**named, "outcome": "refused", "package": "", "reason": str(error)}
