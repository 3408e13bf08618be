"""The registry, the endpoint stacks, their alarms and parameters, by clients made once."""

from collections.abc import Mapping

import boto3
from botocore.exceptions import ClientError

from handler_common import aws_errors
from rotate.state import Package, Stack

_CLOUDFORMATION = boto3.client("cloudformation")
_CLOUDWATCH = boto3.client("cloudwatch")
_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")


def stack(name: str) -> Stack | None:
    """The stack, None when there is none of that name."""
    try:
        described = _CLOUDFORMATION.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    return Stack(
        described["StackStatus"],
        {entry["ParameterKey"]: entry["ParameterValue"] for entry in described.get("Parameters", [])},
        {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])},
    )


def update_stack(name: str, role: str, known: Mapping[str, str], changed: Mapping[str, str]) -> None:
    """Begins an update that keeps the template and the known parameters but the changed; never waits."""
    parameters = [
        {"ParameterKey": key, "ParameterValue": changed[key]}
        if key in changed
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in sorted({*known, *changed})
    ]
    _CLOUDFORMATION.update_stack(
        StackName=name, UsePreviousTemplate=True, RoleARN=role, Parameters=parameters
    )


def endpoint_status(name: str) -> str | None:
    """The endpoint's status, None when there is no endpoint."""
    try:
        return _SAGEMAKER.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise


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
    """The group's newest approved package, None when there is none."""
    pages = _SAGEMAKER.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    # A page may be empty and yet have a next one.
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            return Package(
                summary["ModelPackageArn"],
                group,
                summary["ModelApprovalStatus"],
                summary["ModelPackageStatus"],
            )
    return None


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
    )


def reject(arn: str, reason: str) -> None:
    """Marks the package Rejected, with the reason."""
    _SAGEMAKER.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription=reason
    )


def parameter(name: str) -> str | None:
    """The text of an SSM parameter, None when there is none of that name."""
    try:
        return _SSM.get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise


def write_parameter(name: str, text: str) -> None:
    """Sets the text of an SSM parameter, which is made if it is not there."""
    _SSM.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
