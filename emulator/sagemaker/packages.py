"""Model packages: the versions in a model package group."""

from __future__ import annotations

import threading

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import package_groups, tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, answers, arn, echo, invalid, now, page

KIND = "model-package"
_packages: dict[str, Params] = {}
_newest: dict[tuple[str, str], int] = {}
_tokens: dict[tuple[str, str], tuple[Params, str]] = {}
_lock = threading.RLock()


def of_group(region: str, group: str) -> list[Params]:
    """Every package of the group, oldest first."""
    prefix = arn(region, KIND, f"{group}/")
    return [package for package_arn, package in list(_packages.items()) if package_arn.startswith(prefix)]


def find(region: str, name_or_arn: str) -> Params:
    """The package, by ARN or by <group>/<version>. Raises ValidationException when there is none."""
    is_arn = name_or_arn.startswith("arn:")
    package_arn = name_or_arn.lower() if is_arn else arn(region, KIND, name_or_arn)
    package = _packages.get(package_arn)
    if package is None:
        raise invalid(f"ModelPackage {package_arn} does not exist.")
    return package


def container(package: Params) -> Params:
    """The container that the package says to serve it with (its first one)."""
    return package["InferenceSpecification"]["Containers"][0]


@answers("CreateModelPackage")
def _create(call: Call) -> Params:
    params, region = call.params, call.region
    token = params.get("ClientToken")
    with _lock:
        seen = _tokens.get((region, token)) if token else None
        if seen and seen[0] == params:
            return {"ModelPackageArn": seen[1]}
        if seen:
            raise invalid(f"ClientToken {token} was already used with different parameters.")
        package = _new(params, region)
        package_arn = package["ModelPackageArn"]
        _packages[package_arn] = package
        if token:
            _tokens[region, token] = (params, package_arn)
    tags.remember(package_arn, params)
    _announce(package, region)
    return {"ModelPackageArn": package_arn}


def _new(params: Params, region: str) -> Params:
    group_name, name = params.get("ModelPackageGroupName"), params.get("ModelPackageName")
    if bool(group_name) == bool(name):
        raise invalid("Exactly one of ModelPackageName and ModelPackageGroupName must be specified.")
    if not params.get("InferenceSpecification") and not params.get("SourceAlgorithmSpecification"):
        raise invalid("A model package needs an InferenceSpecification or a SourceAlgorithmSpecification.")
    package = {
        **echo(params, "ClientToken", "ModelPackageGroupName"),
        "CreationTime": now(),
        "CreatedBy": {},
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": params.get("CertifyForMarketplace", False),
    }
    if name:
        package["ModelPackageArn"] = arn(region, KIND, name)
        if package["ModelPackageArn"] in _packages:
            raise invalid(f"Model Package already exists: {package['ModelPackageArn']}")
        return package
    group = package_groups.find(region, str(group_name))["ModelPackageGroupName"]
    version = _newest[region, group] = _newest.get((region, group), 0) + 1
    return package | {
        "ModelPackageName": f"{group}/{version}",
        "ModelPackageGroupName": group,
        "ModelPackageVersion": version,
        "ModelPackageArn": arn(region, KIND, f"{group}/{version}"),
        "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
    }


def _announce(package: Params, region: str) -> None:
    detail = {name: value for name, value in package.items() if name not in ("CreatedBy", "LastModifiedBy")}
    package_arn = package["ModelPackageArn"]
    detail["Tags"] = tags.of(package_arn)
    announce("SageMaker Model Package State Change", detail, package_arn, region)


@answers("DescribeModelPackage")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["ModelPackageName"])


@answers("UpdateModelPackage")
def _update(call: Call) -> Params:
    params = call.params
    with _lock:
        package = find(call.region, params["ModelPackageArn"])
        if "ModelApprovalStatus" in params and "ModelPackageVersion" not in package:
            raise invalid("ModelApprovalStatus does not apply to unversioned model packages.")
        changed = dict(package)
        for member in ("ModelApprovalStatus", "ApprovalDescription", "ModelLifeCycle", "SourceUri"):
            if member in params:
                changed[member] = params[member]
        changed["CustomerMetadataProperties"] = _metadata(package, params)
        if not changed["CustomerMetadataProperties"]:
            del changed["CustomerMetadataProperties"]
        if "InferenceSpecification" in params:
            changed["InferenceSpecification"] = params["InferenceSpecification"]
        changed |= {"LastModifiedTime": now(), "LastModifiedBy": {}}
        package_arn = package["ModelPackageArn"]
        _packages[package_arn] = changed
    _announce(changed, call.region)
    return {"ModelPackageArn": package_arn}


def _metadata(package: Params, params: Params) -> dict[str, str]:
    metadata = dict(package.get("CustomerMetadataProperties") or {})
    metadata |= params.get("CustomerMetadataProperties") or {}
    for name in params.get("CustomerMetadataPropertiesToRemove") or ():
        metadata.pop(name, None)
    return metadata


@answers("DeleteModelPackage")
def _delete(call: Call) -> None:
    package_arn = find(call.region, call.params["ModelPackageName"])["ModelPackageArn"]
    with _lock:
        del _packages[package_arn]
        for key in [key for key, (_, used_for) in _tokens.items() if used_for == package_arn]:
            del _tokens[key]
    tags.forget(package_arn)


@answers("BatchDescribeModelPackage")
def _batch_describe(call: Call) -> Params:
    found: dict[str, Params] = {}
    errors: dict[str, Params] = {}
    for package_arn in call.params["ModelPackageArnList"]:
        try:
            found[package_arn] = find(call.region, package_arn)
        except AwsError as error:
            errors[package_arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": errors}


@answers("ListModelPackages")
def _list(call: Call) -> Params:
    params = call.params
    group = params.get("ModelPackageGroupName")
    kind = params.get("ModelPackageType", "Versioned" if group else "Unversioned")
    if group:
        group = package_groups.find(call.region, group)["ModelPackageGroupName"]
    approval = params.get("ModelApprovalStatus")
    prefix = arn(call.region, KIND, "")
    lines = [
        _summary(package)
        for package_arn, package in list(_packages.items())
        if package_arn.startswith(prefix)
        and (not group or package.get("ModelPackageGroupName") == group)
        and (not approval or package.get("ModelApprovalStatus") == approval)
        and (kind == "Both" or ("ModelPackageVersion" in package) == (kind == "Versioned"))
    ]
    return page(
        params, lines, "ModelPackageSummaryList", name="ModelPackageName", status="ModelPackageStatus"
    )


def _summary(package: Params) -> Params:
    members = (
        "ModelPackageName",
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageArn",
        "ModelPackageDescription",
        "CreationTime",
        "ModelPackageStatus",
        "ModelApprovalStatus",
        "ModelLifeCycle",
    )
    return {member: package[member] for member in members if member in package}
