"""What SageMaker refuses of a deployment configuration before it starts.

Sources: the references of BlueGreenUpdatePolicy, TrafficRoutingConfig, RollingUpdatePolicy, and
"Exclusions" of deployment guardrails in the developer guide. The words are not published.
"""

from __future__ import annotations

import os

from botocore.exceptions import ClientError

from emulator.edge import Call
from emulator.sagemaker.fleets import Fleet
from emulator.sagemaker.requests import Params, invalid
from emulator.sagemaker.roles import caller_client

_PERCENT_BOUNDS = {"CanarySize": (1, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}


def validate(call: Call, config: Params, deployment: Params | None, old: Fleet | None = None) -> None:
    """Raise ValidationException unless ``config`` can replace ``old`` the way ``deployment`` says."""
    if not deployment:
        return
    blue_green, rolling = deployment.get("BlueGreenUpdatePolicy"), deployment.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise invalid("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be specified.")
    if blue_green:
        _validate_blue_green(blue_green)
    if rolling:
        _validate_size("MaximumBatchSize", rolling["MaximumBatchSize"])
        variants = config["ProductionVariants"]
        if len(variants) > 1 or variants[0].get("ServerlessConfig"):
            raise invalid("Rolling deployments do not support multi-variant or serverless endpoints.")
    _validate_alarms(call, deployment)
    if old is not None:
        _validate_names(config, old)


def _validate_blue_green(policy: Params) -> None:
    routing = policy["TrafficRoutingConfiguration"]
    kind = routing["Type"]
    for size, owner in (("CanarySize", "CANARY"), ("LinearStepSize", "LINEAR")):
        if (kind == owner) != (size in routing):
            raise invalid(
                f"{size} must be specified when, and only when, the traffic routing type is {owner}."
            )
        if size in routing:
            _validate_size(size, routing[size])
    waits = routing["WaitIntervalInSeconds"] + policy.get("TerminationWaitInSeconds", 0)
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None and limit <= waits:
        raise invalid(
            f"MaximumExecutionTimeoutInSeconds ({limit}) must be larger than WaitIntervalInSeconds plus "
            f"TerminationWaitInSeconds ({waits})."
        )


def _validate_size(name: str, size: Params) -> None:
    low, high = _PERCENT_BOUNDS[name]
    if size["Type"] == "CAPACITY_PERCENT" and not low <= size["Value"] <= high:
        raise invalid(f"{name} must be between {low} and {high} percent, not {size['Value']}.")


def _validate_alarms(call: Call, deployment: Params) -> None:
    """Alarms must exist, and who calls must be allowed to see them."""
    alarms = (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    names = [alarm["AlarmName"] for alarm in alarms]
    if not names:
        return
    try:
        found = caller_client(call, "cloudwatch").describe_alarms(
            AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    except ClientError as error:
        said = error.response.get("Error", {}).get("Message")
        raise invalid(f"Cannot describe the alarms of AutoRollbackConfiguration: {said}") from error
    known = {alarm["AlarmName"] for alarm in [*found["MetricAlarms"], *found.get("CompositeAlarms", ())]}
    missing = sorted(set(names) - known)
    if missing:
        raise invalid(f"Alarms of AutoRollbackConfiguration do not exist: {', '.join(missing)}.")


def _validate_names(config: Params, old: Fleet) -> None:
    """The guide says that the names "must" be the same, but not what SageMaker does when they are not.

    EMULATOR_VARIANT_CHANGE_UNDER_GUARDRAILS plays both: ``refuse`` (default) and ``accept``.
    """
    new = {variant["VariantName"] for variant in config["ProductionVariants"]}
    refuse = os.environ.get("EMULATOR_VARIANT_CHANGE_UNDER_GUARDRAILS", "refuse") == "refuse"
    if refuse and new != set(old.production):
        raise invalid(
            "With a deployment configuration, the new endpoint configuration must have the same variant "
            f"names as the old one: {', '.join(sorted(old.production))}, not {', '.join(sorted(new))}."
        )
