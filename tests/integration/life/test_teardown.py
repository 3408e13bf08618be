"""The end; the last file of the folder by name, as nothing is deployed after it."""

from __future__ import annotations

from cli import teardown
from cli.session import Session
from tests.integration.life.walking import ignore


def test_destroyed_nothing_that_costs_money_is_left(life: Session) -> None:
    group, logs = "lifecycle-dev-removed", "/aws/sagemaker/Endpoints/dev-removed"
    tags = [{"Key": "model", "Value": "removed"}]
    life.client("sagemaker").create_model_package_group(ModelPackageGroupName=group, Tags=tags)
    life.client("logs").create_log_group(logGroupName=logs)
    assert teardown.destroy(life, ignore) == []
    assert teardown.environment_stacks(life) == []
    left = [item for item in teardown.costs_left(life) if "dev-" in item or "lifecycle" in item]
    assert left == []
    groups = life.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [one for one in groups if "lifecycle-dev-" in one["ModelPackageGroupName"]] == []
    assert life.client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/End")["logGroups"] == []
