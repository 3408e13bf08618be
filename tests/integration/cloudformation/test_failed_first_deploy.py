"""The foundation stack, whose first deploy fails after everything else was made: what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app_synthesis import new_app, templates_in

Resources = dict[str, Any]
KEPT = ("AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup")


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    """Of the foundation stack."""
    outdir: Path = tmp_path_factory.mktemp("foundation")
    new_app("dev", outdir).synth()
    return templates_in(outdir, "dev")["foundation"]["Resources"]


@pytest.fixture
def fail(create: Any, cfn: Any, settled: Any, things: Any, thing: Any) -> Callable[[str, Resources], None]:
    """Makes the stack until its last resource fails, and deletes it as one must before the next try."""

    def fail_and_delete(stack: str, resources: Resources) -> None:
        things.failing["create", "Broken"] = "no room"
        found = create(
            stack, {**resources, "Broken": thing(DependsOn=[*resources])}, Capabilities=["CAPABILITY_IAM"]
        )
        assert found["StackStatus"] == "ROLLBACK_COMPLETE"
        cfn.delete_stack(StackName=stack)
        assert settled(found["StackId"])["StackStatus"] == "DELETE_COMPLETE"

    return fail_and_delete


def buckets(client: Any) -> set[str]:
    return {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}


def test_the_next_deploy_succeeds(
    create: Any, client: Any, resources: Resources, fail: Any, name: str
) -> None:
    before = buckets(client)
    fail(name, resources)
    assert ["logbucket" in left for left in buckets(client) - before] == [True]
    found = create(name, resources, Capabilities=["CAPABILITY_IAM"])
    assert found["StackStatus"] == "CREATE_COMPLETE"
    left = client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
    client("cloudformation").delete_stack(StackName=name)
    assert {one["ResourceType"] for one in left} >= set(KEPT)


def test_what_is_retained_without_exception_stands_in_its_way(
    create: Any, client: Any, resources: Resources, fail: Any, reasons_of: Any, name: str
) -> None:
    groups = {key: one for key, one in resources.items() if one["Type"] == KEPT[2]}
    [group] = groups.values()
    group = json.loads(json.dumps(group)) | {"DeletionPolicy": "Retain"}
    group["Properties"]["ModelPackageGroupName"] = name
    fail(name, {"Group": group})
    assert create(name, {"Group": group})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("already exists" in reason for reason in reasons_of(name))
