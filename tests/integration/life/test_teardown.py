"""The end; the last file of the folder by name, as nothing is deployed after it."""

from __future__ import annotations

from cli import releases, teardown
from cli.session import Session
from sagemaker_lifecycle import names
from tests.integration.walking import ignore


def test_a_stack_that_is_deleted_ends_what_was_live_in_the_ledger(life: Session) -> None:
    model = next(model.name for model in life.models() if releases.champion(life, model.name))
    stack, cloudformation = names.endpoint_stack_name("dev", model), life.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert releases.ledger(life, model)[-1]["why"] == "the stack was deleted"


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
