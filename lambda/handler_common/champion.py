"""The champion that a new model must beat, by the endpoint stack and the registry; clients made once."""

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from handler_common import aws_errors, stack_trial, stacks

_CLOUDFORMATION = boto3.client("cloudformation")
_SAGEMAKER = boto3.client("sagemaker")


def champion(stack: str, group: str) -> Mapping[str, Any] | None:
    """The package that is live by the endpoint stack, described; None when there is none to beat.

    Where nothing is live (before the first release, parked, without a stack), and where the registry has lost
    what is, it is what a release or waking goes to: the group's newest approved package, but none that was
    approved for a trial only.
    """
    live = _live(stack)
    described = _package(live) if live else None
    return _newest_approved(group) if described is None else described


def _live(stack: str) -> str:
    """ARN of the package that the stack serves, an update's from its beginning on; "" when it serves none."""
    described = stacks.described(_CLOUDFORMATION, stack)
    if described is None:
        return ""
    return stack_trial.values(described.get("Parameters", [])).get("ChampionPackage", "")


def _newest_approved(group: str) -> Mapping[str, Any] | None:
    pages = _SAGEMAKER.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    # A page may be empty and yet have a next one.
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            found = _package(summary["ModelPackageArn"])
            if found is not None and not _is_on_trial(found):
                return found
    return None


def _is_on_trial(package: Mapping[str, Any]) -> bool:
    return package.get("ApprovalDescription", "").startswith(stack_trial.ON_TRIAL)


def _package(arn: str) -> Mapping[str, Any] | None:
    try:
        return _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
