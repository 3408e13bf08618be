"""Updates change exactly what differs, replace with clean-up after, and hold a lock."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError


def parameter(key: str, value: str) -> dict[str, str]:
    return {"ParameterKey": key, "ParameterValue": value}


ON = {"Parameters": {"On": {"Type": "String", "Default": ""}, "Size": {"Type": "Number", "Default": 1}}}
IS_ON = {"Conditions": {"IsOn": {"Fn::Not": [{"Fn::Equals": [{"Ref": "On"}, ""]}]}}}


def switched(thing: Any) -> dict[str, Any]:
    """A chain under a condition, as a release is: model, configuration, endpoint."""
    return {
        "Always": thing(),
        "Model": thing({"Name": {"Ref": "On"}}, Condition="IsOn"),
        "Config": thing({"Name": {"Ref": "Model"}}, Condition="IsOn"),
        "Endpoint": thing({"Value": {"Ref": "Config"}}, Condition="IsOn", DependsOn="Always"),
    }


def test_a_condition_that_flips_on_makes_all_its_resources_in_that_update(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, name: str
) -> None:
    create(name, switched(thing), **ON, **IS_ON)
    assert set(resources_of(name)) == {"Always"}
    things.calls.clear()
    assert update(name, Parameters=[parameter("On", "one")])["StackStatus"] == "UPDATE_COMPLETE"
    assert things.calls == [("create", "Model"), ("create", "Config"), ("create", "Endpoint")]
    assert set(resources_of(name)) == {"Always", "Model", "Config", "Endpoint"}


def test_a_condition_that_flips_off_deletes_exactly_its_resources_dependants_first(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, name: str
) -> None:
    create(
        name,
        switched(thing),
        **IS_ON,
        Parameters={**ON["Parameters"], "On": {"Type": "String", "Default": "one"}},
    )
    things.calls.clear()
    assert update(name, Parameters=[parameter("On", "")])["StackStatus"] == "UPDATE_COMPLETE"
    assert things.calls == [("delete", "Endpoint"), ("delete", "Config"), ("delete", "Model")]
    assert set(resources_of(name)) == {"Always"}


def test_a_replacement_reaches_its_dependants_and_the_old_ones_go_last(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, events_of: Any, name: str
) -> None:
    parameters = {**ON["Parameters"], "On": {"Type": "String", "Default": "one"}}
    create(name, switched(thing), Parameters=parameters, **IS_ON)
    before = resources_of(name)
    things.calls.clear()
    update(name, Parameters=[parameter("On", "two")])
    assert things.calls == [
        ("create", "Model"),
        ("create", "Config"),
        ("update", "Endpoint"),
        ("delete", "Config"),
        ("delete", "Model"),
    ]
    after = resources_of(name)
    assert after["Endpoint"]["PhysicalResourceId"] == before["Endpoint"]["PhysicalResourceId"]
    assert after["Model"]["PhysicalResourceId"] != before["Model"]["PhysicalResourceId"]
    assert (
        things.alive[after["Endpoint"]["PhysicalResourceId"]]["Value"]
        == (after["Config"]["PhysicalResourceId"])
    )
    events = events_of(name)
    cleanup = events.index((name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert (
        events.index(("Endpoint", "UPDATE_COMPLETE")) < cleanup < events.index(("Model", "DELETE_COMPLETE"))
    )
    assert events[-1] == (name, "UPDATE_COMPLETE")


def test_update_replace_policy_retains_the_old_one(
    create: Any, update: Any, things: Any, thing: Any, name: str
) -> None:
    create(name, {"A": thing({"Name": "one"}, UpdateReplacePolicy="Retain")})
    update(name, {"A": thing({"Name": "two"}, UpdateReplacePolicy="Retain")})
    assert ("delete", "A") not in things.calls


def test_what_is_unchanged_is_not_touched(
    create: Any, update: Any, things: Any, thing: Any, name: str
) -> None:
    create(name, {"Same": thing({"Value": "x"}), "Other": thing({"Value": {"Ref": "Same"}}), "New": thing()})
    things.calls.clear()
    update(
        name,
        {"Same": thing({"Value": "x"}), "Other": thing({"Value": {"Ref": "Same"}}), "New": thing({"V": 1})},
    )
    assert things.calls == [("update", "New")]


def test_a_changed_attribute_reaches_who_reads_it(
    create: Any, update: Any, things: Any, thing: Any, name: str
) -> None:
    reader = thing({"Value": {"Fn::GetAtt": ["Source", "Value"]}})
    create(name, {"Source": thing({"Value": "a"}), "Reader": reader})
    things.calls.clear()
    found = update(
        name,
        {"Source": thing({"Value": "b"}), "Reader": reader},
        Outputs={"Read": {"Value": {"Fn::GetAtt": ["Reader", "Value"]}}},
    )
    assert things.calls == [("update", "Source"), ("update", "Reader")]
    assert found["Outputs"][0]["OutputValue"] == "b"


def test_nothing_to_change_is_said_in_cloudformations_words(
    create: Any, update: Any, thing: Any, template: Any, cfn: Any, name: str
) -> None:
    create(name, {"A": thing()}, **ON)
    with pytest.raises(ClientError) as caught:
        update(name, Parameters=[{"ParameterKey": "On", "UsePreviousValue": True}, parameter("Size", "1")])
    assert caught.value.response["Error"]["Message"] == "No updates are to be performed."


def test_a_parameter_that_only_an_output_reads_is_an_update(
    create: Any, update: Any, thing: Any, name: str
) -> None:
    create(name, {"A": thing()}, **ON, Outputs={"On": {"Value": {"Ref": "On"}}})
    found = update(name, Parameters=[parameter("On", "now")])
    assert found["Outputs"][0]["OutputValue"] == "now"


def test_previous_values_are_kept_and_others_fall_back_to_their_default(
    create: Any, update: Any, things: Any, thing: Any, name: str, cfn: Any, settled: Any, template: Any
) -> None:
    resources = {"A": thing({"Value": {"Fn::Sub": "${On}/${Size}"}})}
    cfn.create_stack(
        StackName=name,
        TemplateBody=template(resources, **ON),
        Parameters=[parameter("On", "kept"), parameter("Size", "7")],
    )
    settled(name)
    found = update(name, Parameters=[{"ParameterKey": "On", "UsePreviousValue": True}])
    assert {item["ParameterKey"]: item["ParameterValue"] for item in found["Parameters"]} == {
        "On": "kept",
        "Size": "1",
    }
    assert [value["Value"] for value in things.alive.values() if "Value" in value][-1] == "kept/1"


def test_a_stack_in_operation_is_locked(
    create: Any, cfn: Any, settled: Any, things: Any, thing: Any, template: Any, name: str
) -> None:
    found = create(name, {"A": thing()})
    hold = things.held["A"] = threading.Event()
    cfn.update_stack(StackName=name, TemplateBody=template({"A": thing({"V": 1})}))
    with pytest.raises(ClientError) as caught:
        cfn.update_stack(StackName=name, TemplateBody=template({"A": thing({"V": 2})}))
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == (
        f"Stack:{found['StackId']} is in UPDATE_IN_PROGRESS state and can not be updated."
    )
    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        cfn.delete_stack(StackName=name)
    hold.set()
    assert settled(name)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failed_clean_up_does_not_fail_the_update(
    create: Any, update: Any, things: Any, thing: Any, name: str
) -> None:
    create(name, {"A": thing({"Name": "one"})})
    things.failing["delete", "A"] = "in use"
    found = update(name, {"A": thing({"Name": "two"})})
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    assert found["StackStatusReason"] == "One or more resources could not be deleted."


def test_stack_tags_alone_are_an_update(create: Any, update: Any, things: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    found = update(name, Tags=[{"Key": "team", "Value": "ml"}])
    assert found["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert things.contexts["A"].tags["team"] == "ml"


def test_a_resource_cannot_change_its_type(create: Any, update: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    with pytest.raises(ClientError, match="Update of resource type is not permitted"):
        update(name, {"A": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})


def test_the_template_can_be_read_back(create: Any, cfn: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    assert cfn.get_template(StackName=name)["TemplateBody"]["Resources"]["A"]["Type"] == "Test::Thing"
    summary = cfn.get_template_summary(StackName=name)
    assert summary["ResourceTypes"] == ["Test::Thing"]
