"""CloudWatch's custom widget with the ledger of a model's releases.

Environment: MODELS, PARAMETER_PREFIX, STACK_PREFIX.
IAM permissions: ssm:GetParameters on the models' `<PARAMETER_PREFIX><model>/releases` and `…/parked`;
cloudformation:DescribeStacks on `stack/<STACK_PREFIX>*`.
"""

from typing import Any

from handler_common import ledger, logs, stacks
from ledger_widget import aws, logic
from ledger_widget.settings import Settings

SETTINGS = Settings.read()


def handler(event: dict[str, Any], context: Any) -> str:
    """The widget's event, its parameters and a `widgetContext`; answers HTML, or documentation in Markdown.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
    """
    if "describe" in event:
        return logic.DOCUMENTATION
    model = event.get("model")
    if model not in SETTINGS.models:
        return logic.unknown(model, SETTINGS.models)
    try:
        return _page(model)
    except Exception as error:  # whoever looks is told in words; CloudWatch would show a stack trace
        logs.error("ledger not read", model=model, cause=repr(error))
        return logic.unreadable(model)


def _page(model: str) -> str:
    releases, parked = SETTINGS.releases(model), SETTINGS.parked(model)
    found = aws.parameters([releases, parked])
    text = found[releases].text if releases in found else ledger.EMPTY
    return logic.page(model, ledger.read(text), _of_this_stack(model, found.get(parked)))


def _of_this_stack(model: str, parked: aws.Parameter | None) -> str | None:
    """What was parked of the stack that there is now, None when nothing was."""
    if parked is None or not stacks.is_of(aws.created(SETTINGS.stack(model)), parked.written):
        return None
    return parked.text
