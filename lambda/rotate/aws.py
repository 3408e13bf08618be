"""The registry, the endpoint stacks, their alarms and parameters, by clients made once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from handler_common import aws_errors, stack_trial, stacks
from rotate.state import Failure, Package, Resource, Stack, Usage, Verdict

_CLOUDFORMATION = boto3.client("cloudformation")
_CLOUDWATCH = boto3.client("cloudwatch")
_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")

# Seconds. Sums of five minutes: two thousand a week and variant, well within an answer of GetMetricData.
_METRIC_PERIOD = 300


def stack(name: str) -> Stack | None:
    """The stack, None when there is none of that name."""
    described = stacks.described(_CLOUDFORMATION, name)
    if described is None:
        return None
    return Stack(
        described["StackStatus"],
        stack_trial.values(described.get("Parameters", [])),
        {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])},
        described["CreationTime"],
    )


def update_stack(
    name: str, role: str, known: Mapping[str, str], changed: Mapping[str, str], token: str
) -> None:
    """Begins an update that keeps the template and the known parameters but the changed; never waits.

    The token comes back in every event of the update, and of its roll-back.
    """
    parameters = [
        {"ParameterKey": key, "ParameterValue": changed[key]}
        if key in changed
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in sorted({*known, *changed})
    ]
    _CLOUDFORMATION.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        RoleARN=role,
        Parameters=parameters,
        ClientRequestToken=token,
    )


def resources(stack: str) -> tuple[Resource, ...]:
    """The stack's resources."""
    listed = _CLOUDFORMATION.describe_stack_resources(StackName=stack)["StackResources"]
    return tuple(
        Resource(
            one["LogicalResourceId"],
            one["ResourceType"],
            one.get("PhysicalResourceId", ""),
            one["ResourceStatus"],
        )
        for one in listed
    )


def failure(stack: str, token: str) -> Failure | None:
    """How the update with this token failed, None when none of its resources did."""
    reason, at, later, undone = "", None, list[str](), set[str]()
    for one in _events(stack):
        of = one.get("ClientRequestToken", "")
        if _is_stacks(one, "UPDATE_ROLLBACK_IN_PROGRESS"):
            undone.add(of)
        begins = _is_stacks(one, "UPDATE_IN_PROGRESS")
        if of != token:
            if begins and of not in undone:
                later.append(of)
            continue
        if begins:
            break
        if _failed_by_itself(one):
            reason, at = f"{one.get('LogicalResourceId', '')}: {_why(one)}", one["Timestamp"]
    return Failure(reason, at, tuple(later)) if at else None


def last_update(stack: str) -> str:
    """The token of the stack's last update, rolled back or not; "" when it had none.

    Its first event names it: a roll-back that was continued has a token of its own.
    """
    begun = next((one for one in _events(stack) if _is_stacks(one, "UPDATE_IN_PROGRESS")), None)
    return begun.get("ClientRequestToken", "") if begun else ""


def _events(stack: str) -> Iterator[Mapping[str, Any]]:
    """The stack's events, the newest first, none of one that there is not; of their members only EventId,
    StackId, StackName and Timestamp are always there.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
    """
    try:
        for page in _CLOUDFORMATION.get_paginator("describe_stack_events").paginate(StackName=stack):
            yield from page["StackEvents"]
    except ClientError as error:
        if not aws_errors.is_missing(error):
            raise


def _is_stacks(event: Mapping[str, Any], status: str) -> bool:
    """Whether the stack itself entered the status."""
    return event.get("PhysicalResourceId") == event["StackId"] and event.get("ResourceStatus") == status


def _failed_by_itself(event: Mapping[str, Any]) -> bool:
    """Whether the event is of a resource that failed, and not because another one did."""
    return (
        event.get("ResourceStatus", "").endswith("_FAILED")
        and event.get("ResourceType") != "AWS::CloudFormation::Stack"
        and "cancelled" not in _why(event)
    )


def _why(event: Mapping[str, Any]) -> str:
    return event.get("ResourceStatusReason") or event.get("ResourceStatus", "")


def continue_rollback(name: str, role: str, skipped: Sequence[str], token: str) -> None:
    """Goes on with a roll-back that failed, without the resources of these logical ids; never waits."""
    _CLOUDFORMATION.continue_update_rollback(
        StackName=name, RoleARN=role, ResourcesToSkip=list(skipped), ClientRequestToken=token
    )


def endpoint_status(name: str) -> str | None:
    """The endpoint's status, None when there is no endpoint."""
    found = endpoint_config(name)
    return found[0] if found else None


def endpoint_config(name: str) -> tuple[str, str] | None:
    """The endpoint's status and the name of the configuration it serves, None when there is no endpoint."""
    try:
        described = _SAGEMAKER.describe_endpoint(EndpointName=name)
        return described["EndpointStatus"], described["EndpointConfigName"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise


def usage(name: str, hours: int) -> Usage | None:
    """How the endpoint was used in so many hours until now, None when there is no endpoint.

    An endpoint that nobody asks has no value of the metric. What CloudWatch heard in the last minutes may
    still be on its way. https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """
    try:
        described = _SAGEMAKER.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    now = datetime.now(UTC)
    variants = [variant["VariantName"] for variant in described.get("ProductionVariants", [])]
    unchanged = now - max(described["CreationTime"], described["LastModifiedTime"])
    return Usage(
        unchanged / timedelta(hours=1), _invocations(name, variants, now - timedelta(hours=hours), now)
    )


def _invocations(endpoint: str, variants: Sequence[str], start: datetime, end: datetime) -> int:
    """Sum over the variants, from the start of the metric's period that `start` lies in."""
    if not variants:
        return 0
    dimensions = [
        [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        for variant in variants
    ]
    queries = [
        {
            "Id": f"variant{number}",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": named},
                "Period": _METRIC_PERIOD,
                "Stat": "Sum",
            },
        }
        for number, named in enumerate(dimensions)
    ]
    aligned = datetime.fromtimestamp(start.timestamp() // _METRIC_PERIOD * _METRIC_PERIOD, UTC)
    pages = _CLOUDWATCH.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=aligned, EndTime=end
    )
    return round(sum(sum(result["Values"]) for page in pages for result in page["MetricDataResults"]))


def alarming(names: list[str]) -> tuple[str, ...]:
    """Those of the alarms that are in ALARM."""
    if not names:
        return ()
    found = _CLOUDWATCH.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM"
    )
    return tuple(
        alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found.get(kind, [])
    )


def newest_approved(group: str) -> Package | None:
    """The group's newest approved package but those on trial only, None when there is none."""
    for summary in _newest_first(group, ModelApprovalStatus="Approved"):
        found = package(summary["ModelPackageArn"])
        if found is not None and found.approval == "Approved" and not found.on_trial:
            return found
    return None


def newest_triable(group: str, champion: str) -> Package | None:
    """The group's newest package that was not rejected, None when none is newer than the champion."""
    for summary in _newest_first(group):
        if _number(summary["ModelPackageArn"]) <= _number(champion):
            return None
        if summary["ModelApprovalStatus"] != "Rejected":
            return package(summary["ModelPackageArn"])
    return None


def _number(package: str) -> int:
    """The version in the package's ARN: they count up, and none is given twice."""
    return int(package.rpartition("/")[2])


def _newest_first(group: str, **only: str) -> Iterator[Mapping[str, Any]]:
    pages = _SAGEMAKER.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending", **only
    )
    # A page may be empty and yet have a next one.
    for page in pages:
        yield from page["ModelPackageSummaryList"]


def package(arn: str) -> Package | None:
    """The package, None when the registry does not have it."""
    try:
        described = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    return Package(
        described["ModelPackageArn"],
        described.get("ModelPackageGroupName", ""),
        described.get("ModelApprovalStatus", ""),
        described["ModelPackageStatus"],
        described.get("LastModifiedTime") or described["CreationTime"],
        described.get("ApprovalDescription", ""),
    )


def judge(verdict: Verdict) -> None:
    """Gives the package its approval status, with the reason."""
    _SAGEMAKER.update_model_package(
        ModelPackageArn=verdict.package,
        ModelApprovalStatus=verdict.approval,
        ApprovalDescription=verdict.description,
    )


def parameter(name: str, of: datetime | None = None) -> str | None:
    """The text of an SSM parameter, None when there is none of that name.

    of: when the stack was created that it must be of.
    """
    try:
        found = _SSM.get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    return found["Value"] if of is None or stacks.is_of(of, found["LastModifiedDate"]) else None


def write_parameter(name: str, text: str) -> None:
    """Sets the text of an SSM parameter, which is made if it is not there."""
    _SSM.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
