"""Model package groups: the registry's shelves."""

from __future__ import annotations

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import tags
from emulator.sagemaker.requests import Params, answers, arn, echo, invalid, lines, now, page

KIND = "model-package-group"
_groups: dict[tuple[str, str], Params] = {}
_policies: dict[str, str] = {}


def find(region: str, name_or_arn: str) -> Params:
    """The group, by name or ARN. Raises ValidationException when there is none."""
    name = name_or_arn.rpartition("/")[2]
    group = _groups.get((region, name))
    if group is None:
        raise invalid(f"ModelPackageGroup {arn(region, KIND, name)} does not exist.")
    return group


@answers("CreateModelPackageGroup")
def _create(call: Call) -> Params:
    name = call.params["ModelPackageGroupName"]
    group_arn = arn(call.region, KIND, name)
    if (call.region, name) in _groups:
        raise invalid(f"Model Package Group already exists: {group_arn}")
    _groups[call.region, name] = {
        **echo(call.params),
        "ModelPackageGroupArn": group_arn,
        "CreationTime": now(),
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
    }
    tags.remember(group_arn, call.params)
    return {"ModelPackageGroupArn": group_arn}


@answers("DescribeModelPackageGroup")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["ModelPackageGroupName"])


@answers("DeleteModelPackageGroup")
def _delete(call: Call) -> None:
    from emulator.sagemaker import packages

    group = find(call.region, call.params["ModelPackageGroupName"])
    name, group_arn = group["ModelPackageGroupName"], group["ModelPackageGroupArn"]
    if packages.of_group(call.region, name):
        raise AwsError(
            "ConflictException",
            f"Model Package Group cannot be deleted: {group_arn}. It still contains model packages.",
        )
    del _groups[call.region, name]
    _policies.pop(group_arn, None)
    tags.forget(group_arn)


@answers("ListModelPackageGroups")
def _list(call: Call) -> Params:
    found = lines(
        _groups,
        call.region,
        "ModelPackageGroupName",
        "ModelPackageGroupArn",
        "ModelPackageGroupDescription",
        "CreationTime",
        "ModelPackageGroupStatus",
    )
    return page(call.params, found, "ModelPackageGroupSummaryList", name="ModelPackageGroupName")


@answers("PutModelPackageGroupPolicy")
def _put_policy(call: Call) -> Params:
    group = find(call.region, call.params["ModelPackageGroupName"])
    _policies[group["ModelPackageGroupArn"]] = call.params["ResourcePolicy"]
    return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}


@answers("GetModelPackageGroupPolicy")
def _get_policy(call: Call) -> Params:
    group_arn = find(call.region, call.params["ModelPackageGroupName"])["ModelPackageGroupArn"]
    if group_arn not in _policies:
        raise invalid(f"Cannot find resource policy for: {group_arn}")
    return {"ResourcePolicy": _policies[group_arn]}


@answers("DeleteModelPackageGroupPolicy")
def _delete_policy(call: Call) -> None:
    group_arn = find(call.region, call.params["ModelPackageGroupName"])["ModelPackageGroupArn"]
    if _policies.pop(group_arn, None) is None:
        raise invalid(f"Cannot find resource policy for: {group_arn}")
