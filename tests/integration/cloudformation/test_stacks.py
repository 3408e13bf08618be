"""Stacks come, are described, and go."""

from __future__ import annotations

import json
import threading
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_resources_are_made_after_what_they_refer_to(create: Any, things: Any, thing: Any, name: str) -> None:
    found = create(
        name,
        {
            "Last": thing({"Value": {"Fn::GetAtt": ["Middle", "Value"]}}),
            "Middle": thing({"Value": {"Fn::Sub": "of ${First}"}}),
            "First": thing({"Name": "one"}),
            "Beside": thing(DependsOn="Last"),
        },
        Outputs={"Chain": {"Value": {"Fn::GetAtt": "Last.Value"}}},
    )
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert [logical_id for _, logical_id in things.calls] == ["First", "Middle", "Last", "Beside"]
    assert found["Outputs"][0]["OutputValue"].startswith("of one-")


def test_events_tell_the_story_in_order(create: Any, thing: Any, events_of: Any, name: str) -> None:
    create(name, {"A": thing()})
    assert events_of(name) == [
        (name, "CREATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_COMPLETE"),
        (name, "CREATE_COMPLETE"),
    ]


def test_a_stack_that_does_not_exist_is_named(cfn: Any) -> None:
    with pytest.raises(ClientError) as caught:
        cfn.describe_stacks(StackName="nowhere")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == "Stack with id nowhere does not exist"


def test_a_name_is_taken_only_once(create: Any, cfn: Any, thing: Any, template: Any, name: str) -> None:
    create(name, {"A": thing()})
    with pytest.raises(cfn.exceptions.AlreadyExistsException, match=f"Stack \\[{name}\\] already exists"):
        cfn.create_stack(StackName=name, TemplateBody=template({"A": thing()}))


def test_stack_tags_reach_the_resources(create: Any, things: Any, thing: Any, name: str) -> None:
    found = create(name, {"A": thing()}, Tags=[{"Key": "team", "Value": "ml"}])
    assert things.contexts["A"].tags == {
        "team": "ml",
        "aws:cloudformation:stack-name": name,
        "aws:cloudformation:stack-id": found["StackId"],
        "aws:cloudformation:logical-id": "A",
    }


def test_a_failed_creation_removes_what_it_made_and_can_only_be_deleted(
    create: Any, cfn: Any, things: Any, thing: Any, template: Any, reasons_of: Any, name: str
) -> None:
    things.failing["create", "B"] = "no room"
    before = set(things.alive)
    found = create(name, {"A": thing(), "B": thing(DependsOn="A"), "C": thing(DependsOn="B")})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert things.calls == [("create", "A"), ("create", "B"), ("delete", "A")]
    assert set(things.alive) == before
    assert "no room" in reasons_of(name)
    assert "The following resource(s) failed to create: [B]. Rollback requested by user." in reasons_of(name)
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        cfn.update_stack(StackName=name, TemplateBody=template({"A": thing()}))
    cfn.delete_stack(StackName=name)


def test_resources_in_flight_are_cancelled_when_another_fails(
    create: Any, things: Any, thing: Any, reasons_of: Any, name: str
) -> None:
    things.held["Slow"] = threading.Event()
    things.failing["create", "Bad"] = "no room"
    found = create(name, {"Slow": thing(), "Bad": thing()})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Resource creation cancelled" in reasons_of(name)


def test_rollback_can_be_switched_off(create: Any, things: Any, thing: Any, name: str) -> None:
    things.failing["create", "B"] = "no room"
    found = create(name, {"A": thing(), "B": thing(DependsOn="A")}, DisableRollback=True)
    assert found["StackStatus"] == "CREATE_FAILED"
    assert ("delete", "A") not in things.calls


@pytest.mark.parametrize(("policy", "kept"), [("Retain", True), ("RetainExceptOnCreate", False)])
def test_deletion_policy_decides_what_a_failed_creation_leaves(
    create: Any, things: Any, thing: Any, name: str, policy: str, kept: bool
) -> None:
    things.failing["create", "B"] = "no room"
    create(name, {"A": thing(DeletionPolicy=policy), "B": thing(DependsOn="A")})
    assert (("delete", "A") not in things.calls) == kept


def test_deletion_goes_backwards_and_leaves_what_is_retained(
    create: Any, cfn: Any, settled: Any, things: Any, thing: Any, events_of: Any, name: str
) -> None:
    found = create(
        name, {"A": thing(), "Kept": thing(DeletionPolicy="Retain"), "B": thing({"Value": {"Ref": "A"}})}
    )
    things.calls.clear()
    cfn.delete_stack(StackName=name)
    assert settled(found["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert things.calls == [("delete", "B"), ("delete", "A")]
    assert ("Kept", "DELETE_SKIPPED") in events_of(found["StackId"])
    with pytest.raises(ClientError, match=f"Stack with id {name} does not exist"):
        cfn.describe_stacks(StackName=name)


def test_a_failed_deletion_can_be_ended_by_retaining_the_resource(
    create: Any, cfn: Any, settled: Any, things: Any, thing: Any, name: str
) -> None:
    found = create(name, {"A": thing(), "B": thing({"Value": {"Ref": "A"}}), "Other": thing()})
    with pytest.raises(ClientError, match="DELETE_FAILED"):
        cfn.delete_stack(StackName=name, RetainResources=["B"])
    things.failing["delete", "B"] = "in use"
    cfn.delete_stack(StackName=name)
    failed = settled(name)
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert "[A, B]" in failed["StackStatusReason"]
    assert ("delete", "Other") in things.calls
    assert ("delete", "A") not in things.calls
    cfn.delete_stack(StackName=name, RetainResources=["B"])
    assert settled(found["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_termination_protection_keeps_a_stack(
    create: Any, cfn: Any, settled: Any, thing: Any, name: str
) -> None:
    found = create(name, {"A": thing()}, EnableTerminationProtection=True)
    with pytest.raises(ClientError) as caught:
        cfn.delete_stack(StackName=name)
    assert caught.value.response["Error"]["Message"] == (
        f"Stack [{name}] cannot be deleted while TerminationProtection is enabled"
    )
    cfn.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cfn.delete_stack(StackName=name)
    assert settled(found["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_deleting_a_stack_that_is_being_created_stops_it(
    cfn: Any, settled: Any, things: Any, thing: Any, template: Any, name: str
) -> None:
    things.held["A"] = threading.Event()
    stack = cfn.create_stack(StackName=name, TemplateBody=template({"A": thing()}))["StackId"]
    cfn.delete_stack(StackName=name)
    assert settled(stack)["StackStatus"] == "DELETE_COMPLETE"


def test_iam_resources_must_be_acknowledged(cfn: Any, template: Any, name: str) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}
    with pytest.raises(cfn.exceptions.InsufficientCapabilitiesException) as caught:
        cfn.create_stack(StackName=name, TemplateBody=template({"R": role}), Capabilities=["CAPABILITY_IAM"])
    assert caught.value.response["Error"]["Message"] == "Requires capabilities : [CAPABILITY_NAMED_IAM]"


def test_unknown_types_are_refused_unless_allowed_by_name(
    create: Any, cfn: Any, template: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {"Odd": {"Type": "AWS::Odd::Thing"}}
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Odd::Thing\]"):
        cfn.create_stack(StackName=name, TemplateBody=template(odd))
    monkeypatch.setenv("EMULATOR_ALLOW_TYPES", "AWS::Odd::Thing")
    assert create(name, odd)["StackStatus"] == "CREATE_COMPLETE"


def test_a_rule_that_does_not_hold_refuses_the_stack(cfn: Any, thing: Any, template: Any, name: str) -> None:
    rules = {
        "Version": {
            "Assertions": [
                {
                    "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "V"}]}]},
                    "AssertDescription": "too old",
                }
            ]
        }
    }
    sections = {"Rules": rules, "Parameters": {"V": {"Type": "String"}}}
    with pytest.raises(ClientError, match="too old"):
        cfn.create_stack(
            StackName=name,
            TemplateBody=template({"A": thing()}, **sections),
            Parameters=[{"ParameterKey": "V", "ParameterValue": "2"}],
        )


def test_what_is_not_emulated_is_refused_by_name(cfn: Any, thing: Any, template: Any, name: str) -> None:
    with pytest.raises(ClientError, match="NotificationARNs"):
        cfn.create_stack(StackName=name, TemplateBody=template({"A": thing()}), NotificationARNs=["arn"])
    with pytest.raises(ClientError, match="DetectStackDrift"):
        cfn.detect_stack_drift(StackName=name)


def test_events_of_operations_can_be_filtered_to_failures(
    create: Any, cfn: Any, things: Any, thing: Any, name: str
) -> None:
    things.failing["create", "B"] = "no room"
    create(name, {"A": thing(), "B": thing(DependsOn="A")})
    events = cfn.describe_events(StackName=name, Filters={"FailedEvents": True})["OperationEvents"]
    assert [item["LogicalResourceId"] for item in events] == ["B"]
    assert events[0]["OperationType"] == "CREATE_STACK"


def test_a_rollback_is_an_operation_of_its_own(
    create: Any, cfn: Any, things: Any, thing: Any, name: str
) -> None:
    things.failing["create", "A"] = "no room"
    create(name, {"A": thing()})
    found = cfn.describe_stack_events(StackName=name)["StackEvents"]
    by_status = {item["ResourceStatus"]: item["OperationId"] for item in found}
    assert by_status["ROLLBACK_IN_PROGRESS"] == by_status["ROLLBACK_COMPLETE"]
    assert by_status["ROLLBACK_IN_PROGRESS"] != by_status["CREATE_FAILED"]


def test_the_table_of_resource_types_says_how_real_each_is(emulator: Any) -> None:
    with urllib.request.urlopen(f"{emulator.url}/_emulator/resource-types") as answer:
        rows = {row["type"]: row for row in json.load(answer)}
    assert rows["AWS::CloudFormation::CustomResource"]["fidelity"] == "real"
    assert rows["Test::Thing"]["note"] == "of the tests"
