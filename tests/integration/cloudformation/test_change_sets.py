"""Change sets, as the CDK CLI uses them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def propose(cfn: Any, template: Any) -> Any:
    def make(stack: str, resources: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
        given = {"UsePreviousTemplate": True} if resources is None else {"TemplateBody": template(resources)}
        made = cfn.create_change_set(StackName=stack, ChangeSetName="proposed", **given, **rest)
        return cfn.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)

    return make


def changes_in(change_set: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        item["ResourceChange"]["LogicalResourceId"]: item["ResourceChange"] for item in change_set["Changes"]
    }


def test_a_new_stack_is_in_review_until_its_change_set_is_executed(
    cfn: Any, propose: Any, settled: Any, things: Any, thing: Any, name: str
) -> None:
    found = propose(name, {"A": thing()}, ChangeSetType="CREATE")
    assert found["Status"] == "CREATE_COMPLETE"
    assert found["ExecutionStatus"] == "AVAILABLE"
    assert changes_in(found)["A"]["Action"] == "Add"
    assert cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert things.calls == []
    cfn.execute_change_set(StackName=name, ChangeSetName="proposed")
    assert settled(name)["StackStatus"] == "CREATE_COMPLETE"
    assert things.calls == [("create", "A")]


def test_a_created_stack_has_outputs_and_exports(
    cfn: Any, settled: Any, thing: Any, template: Any, name: str
) -> None:
    outputs = {"O": {"Value": "v", "Export": {"Name": f"{name}-e"}}}
    cfn.create_change_set(
        StackName=name,
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody=template({"A": thing()}, Outputs=outputs),
    )
    cfn.execute_change_set(StackName=name, ChangeSetName="c")
    assert settled(name)["Outputs"][0]["ExportName"] == f"{name}-e"
    assert f"{name}-e" in [item["Name"] for item in cfn.list_exports()["Exports"]]


def test_changes_say_what_is_added_modified_replaced_and_removed(
    create: Any, propose: Any, things: Any, thing: Any, name: str
) -> None:
    create(
        name,
        {
            "Same": thing(),
            "Modified": thing({"V": 1}),
            "Replaced": thing({"Name": "one"}),
            "Follower": thing({"Value": {"Ref": "Replaced"}}),
            "Removed": thing(),
            "Kept": thing(DeletionPolicy="Retain"),
        },
    )
    things.calls.clear()
    found = changes_in(
        propose(
            name,
            {
                "Same": thing(),
                "Modified": thing({"V": 2}),
                "Replaced": thing({"Name": "two"}),
                "Follower": thing({"Value": {"Ref": "Replaced"}}),
                "Added": thing(),
            },
        )
    )
    assert things.calls == []
    assert {key: (item["Action"], item.get("Replacement")) for key, item in found.items()} == {
        "Modified": ("Modify", "False"),
        "Replaced": ("Modify", "True"),
        "Follower": ("Modify", "False"),
        "Added": ("Add", None),
        "Removed": ("Remove", None),
        "Kept": ("Remove", None),
    }
    assert found["Replaced"]["PolicyAction"] == "ReplaceAndDelete"
    assert found["Kept"]["PolicyAction"] == "Retain"
    target = found["Modified"]["Details"][0]["Target"]
    assert (target["Name"], target["RequiresRecreation"]) == ("V", "Never")
    assert (target["BeforeValue"], target["AfterValue"]) == ("1", "2")


def test_a_change_set_without_changes_fails_in_cloudformations_words(
    create: Any, propose: Any, cfn: Any, thing: Any, name: str
) -> None:
    create(name, {"A": thing()})
    found = propose(name, {"A": thing()})
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == (
        "The submitted information didn't contain changes. "
        "Submit different information to create a change set."
    )
    with pytest.raises(cfn.exceptions.InvalidChangeSetStatusException):
        cfn.execute_change_set(StackName=name, ChangeSetName="proposed")


def test_an_unknown_change_set_has_its_own_error(create: Any, cfn: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    with pytest.raises(cfn.exceptions.ChangeSetNotFoundException, match=r"ChangeSet \[none\] does not exist"):
        cfn.describe_change_set(StackName=name, ChangeSetName="none")
    cfn.delete_change_set(StackName=name, ChangeSetName="none")


def test_a_deleted_change_set_is_gone(create: Any, cfn: Any, propose: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    propose(name, {"A": thing({"V": 1})})
    cfn.delete_change_set(StackName=name, ChangeSetName="proposed")
    assert cfn.list_change_sets(StackName=name)["Summaries"] == []


def test_previous_template_and_values_serve_a_change_set(
    create: Any, cfn: Any, propose: Any, settled: Any, things: Any, thing: Any, name: str
) -> None:
    parameters = {"V": {"Type": "String", "Default": "a"}, "W": {"Type": "String", "Default": "b"}}
    create(name, {"A": thing({"Value": {"Fn::Sub": "${V}${W}"}})}, Parameters=parameters)
    found = propose(
        name,
        Parameters=[
            {"ParameterKey": "V", "ParameterValue": "z"},
            {"ParameterKey": "W", "UsePreviousValue": True},
        ],
    )
    assert changes_in(found)["A"]["Action"] == "Modify"
    cfn.execute_change_set(StackName=name, ChangeSetName="proposed")
    assert settled(name)["StackStatus"] == "UPDATE_COMPLETE"
    assert {"Value": "zb"} in things.alive.values()


def test_a_change_set_for_a_stack_that_cannot_be_updated_is_refused(
    create: Any, propose: Any, things: Any, thing: Any, name: str
) -> None:
    things.failing["create", "A"] = "no room"
    create(name, {"A": thing()})
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        propose(name, {"A": thing({"V": 1})})


def test_an_existing_stack_is_not_created_again(create: Any, propose: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        propose(name, {"A": thing()}, ChangeSetType="CREATE")


def test_a_template_is_fetched_from_a_bucket(
    cfn: Any, client: Any, emulator: Any, settled: Any, thing: Any, template: Any, name: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="dir/t.json", Body=template({"A": thing()}).encode())
    cfn.create_stack(StackName=name, TemplateURL=f"{emulator.url}/{name}/dir/t.json")
    assert settled(name)["StackStatus"] == "CREATE_COMPLETE"
    url = f"https://{name}.s3.us-east-1.amazonaws.com/dir/none.json"
    with pytest.raises(ClientError, match="S3 error"):
        cfn.validate_template(TemplateURL=url)
