"""The model registry: groups, versions, approvals."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def group(line: Any) -> str:
    """An empty group of the test's own."""
    name = line.name("group")
    line.sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return name


def _refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_versions_count_up_and_are_never_used_again(line: Any, group: str) -> None:
    url = line.artefact(1)
    first, second = line.package(url, group), line.package(url, group)
    assert first.endswith(f":model-package/{group}/1")
    assert second.endswith(f":model-package/{group}/2")
    line.sagemaker.delete_model_package(ModelPackageName=second)
    assert line.package(url, group).endswith(f":model-package/{group}/3")


def test_a_package_is_described_as_it_was_registered(line: Any, group: str) -> None:
    url = line.artefact(1)
    package = line.package(
        url,
        group,
        "PendingManualApproval",
        CustomerMetadataProperties={"rmse": "1.5"},
        ModelPackageDescription="linear regression",
    )
    described = line.sagemaker.describe_model_package(ModelPackageName=package)
    assert described["InferenceSpecification"]["Containers"] == [line.container(url)]
    assert described["CustomerMetadataProperties"] == {"rmse": "1.5"}
    assert described["ModelPackageDescription"] == "linear regression"
    assert described["ModelPackageStatus"] == "Completed"
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert (described["ModelPackageGroupName"], described["ModelPackageVersion"]) == (group, 1)


def test_an_approval_keeps_its_reason(line: Any, group: str) -> None:
    package = line.package(line.artefact(1), group, "PendingManualApproval")
    line.sagemaker.update_model_package(
        ModelPackageArn=package,
        ModelApprovalStatus="Rejected",
        ApprovalDescription="worse than the champion",
        CustomerMetadataProperties={"by": "gate"},
    )
    described = line.sagemaker.describe_model_package(ModelPackageName=package)
    assert described["ModelApprovalStatus"] == "Rejected"
    assert described["ApprovalDescription"] == "worse than the champion"
    assert described["CustomerMetadataProperties"] == {"by": "gate"}


@pytest.mark.parametrize(
    ("reason", "constraint"),
    [
        ("worse\nthan the champion", "satisfy regular expression pattern: .*"),
        ("x" * 1025, "have length less than or equal to 1024"),
    ],
)
def test_a_reason_of_several_lines_or_too_long_is_refused(
    line: Any, group: str, reason: str, constraint: str
) -> None:
    package = line.package(line.artefact(1), group, "PendingManualApproval")
    code, message = _refusal(
        line.sagemaker.update_model_package, ModelPackageArn=package, ApprovalDescription=reason
    )
    assert code == "ValidationException"
    assert message.endswith(f"'approvalDescription' failed to satisfy constraint: Member must {constraint}")


def test_a_client_token_registers_once(line: Any, group: str) -> None:
    url = line.artefact(1)
    first = line.package(url, group, ClientToken="job-1")
    assert line.package(url, group, ClientToken="job-1") == first
    listed = line.sagemaker.list_model_packages(ModelPackageGroupName=group)
    assert len(listed["ModelPackageSummaryList"]) == 1


def test_the_newest_approved_version_comes_first(line: Any, group: str) -> None:
    url = line.artefact(1)
    statuses = ["Approved", "Rejected", "Approved", "PendingManualApproval"]
    packages = [line.package(url, group, status) for status in statuses]
    listed = line.sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )["ModelPackageSummaryList"]
    assert [one["ModelPackageArn"] for one in listed] == [packages[2], packages[0]]


def test_lists_come_in_pages(line: Any, group: str) -> None:
    url = line.artefact(1)
    packages = [line.package(url, group) for _ in range(5)]
    pages = line.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    found = [[one["ModelPackageArn"] for one in page["ModelPackageSummaryList"]] for page in pages]
    assert found == [packages[:2], packages[2:4], packages[4:]]


def test_a_group_with_packages_cannot_be_deleted(line: Any, group: str) -> None:
    package = line.package(line.artefact(1), group)
    code, message = _refusal(line.sagemaker.delete_model_package_group, ModelPackageGroupName=group)
    assert code == "ConflictException"
    assert group in message
    line.sagemaker.delete_model_package(ModelPackageName=package)
    line.sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    code, message = _refusal(line.sagemaker.describe_model_package_group, ModelPackageGroupName=group)
    assert (code, "does not exist" in message) == ("ValidationException", True)


def test_a_package_needs_its_group(line: Any) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        line.package("s3://anywhere/model.tar.gz", "no-such-group")


def test_a_model_of_an_unapproved_package_is_refused(line: Any, group: str) -> None:
    package = line.package(line.artefact(1), group, "PendingManualApproval")
    code, message = _refusal(
        line.sagemaker.create_model,
        ModelName=line.name("model"),
        ExecutionRoleArn=line.role,
        PrimaryContainer={"ModelPackageName": package},
    )
    assert code == "ValidationException"
    assert "PendingManualApproval" in message
