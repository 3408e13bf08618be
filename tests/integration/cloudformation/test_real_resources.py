"""What a release rests on, with resources of a real service, seen through boto3 alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.cloudformation.conftest import Thing

PREVIOUS = {"ParameterKey": "Release", "UsePreviousValue": True}


def setting(name: Any, value: Any, **attributes: Any) -> dict[str, Any]:
    """A parameter of Systems Manager: another value changes it in place, another name replaces it."""
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": name, "Type": "String", "Value": value},
        **attributes,
    }


@pytest.fixture
def stored(client: Callable[..., Any], name: str) -> Callable[[], dict[str, str]]:
    """The service's parameters of this test, by what follows the test's name and a slash."""

    def read() -> dict[str, str]:
        found = client("ssm").get_parameters_by_path(Path=f"/{name}", Recursive=True)["Parameters"]
        return {each["Name"].removeprefix(f"/{name}/"): each["Value"] for each in found}

    return read


@pytest.fixture
def released(name: str) -> dict[str, Any]:
    """A template whose second half is there only while there is a release, named in the parameter."""
    return {
        "resources": {
            "Always": setting(f"/{name}/always", {"Ref": "Release"}),
            "Model": setting({"Fn::Sub": f"/{name}/model-${{Release}}"}, "m", Condition="IsReleased"),
            "Endpoint": setting(f"/{name}/endpoint", {"Ref": "Model"}, Condition="IsReleased"),
        },
        "Parameters": {"Release": {"Type": "String", "Default": "none"}},
        "Conditions": {"IsReleased": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Release"}, "none"]}]}},
    }


@pytest.fixture
def release(update: Any, name: str) -> Callable[[str], dict[str, Any]]:
    """Updates the stack by its previous template to another release."""
    return lambda value: update(name, Parameters=[{"ParameterKey": "Release", "ParameterValue": value}])


def test_a_condition_that_flips_makes_and_deletes_exactly_its_resources_in_that_update(
    create: Any, release: Any, stored: Any, released: dict[str, Any], name: str
) -> None:
    create(name, **released)
    assert stored() == {"always": "none"}
    assert release("one")["StackStatus"] == "UPDATE_COMPLETE"
    assert stored() == {"always": "one", "model-one": "m", "endpoint": f"/{name}/model-one"}
    assert release("none")["StackStatus"] == "UPDATE_COMPLETE"
    assert stored() == {"always": "none"}


def test_a_replaced_resource_goes_after_its_dependants_have_the_new_one(
    create: Any, release: Any, stored: Any, events_of: Any, released: dict[str, Any], name: str
) -> None:
    create(name, **released)
    release("one")
    before = len(events_of(name))
    release("two")
    assert stored() == {"always": "two", "model-two": "m", "endpoint": f"/{name}/model-two"}
    told = [event for event in events_of(name)[before:] if event[0] in ("Model", "Endpoint", name)]
    # AWS tells of a replacement's beginning twice.
    assert list(dict.fromkeys(told)) == [
        (name, "UPDATE_IN_PROGRESS"),
        ("Model", "UPDATE_IN_PROGRESS"),
        ("Model", "UPDATE_COMPLETE"),
        ("Endpoint", "UPDATE_IN_PROGRESS"),
        ("Endpoint", "UPDATE_COMPLETE"),
        (name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Model", "DELETE_IN_PROGRESS"),
        ("Model", "DELETE_COMPLETE"),
        (name, "UPDATE_COMPLETE"),
    ]


def test_an_update_that_fails_at_its_end_leaves_the_release_before(
    client: Callable[..., Any],
    cfn: Any,
    create: Any,
    template: Any,
    settled: Any,
    release: Any,
    stored: Any,
    reasons_of: Any,
    released: dict[str, Any],
    name: str,
) -> None:
    create(name, **released)
    release("one")
    before = stored()
    taken = f"/taken-{name}"
    client("ssm").put_parameter(Name=taken, Type="String", Value="somebody's")
    resources = {**released.pop("resources"), "Check": setting(taken, "c", DependsOn="Endpoint")}
    two = [{"ParameterKey": "Release", "ParameterValue": "two"}]
    text = template(resources, **released)
    cfn.update_stack(StackName=name, TemplateBody=text, Parameters=two)
    failed = settled(name)
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert failed["Parameters"] == [{"ParameterKey": "Release", "ParameterValue": "one"}]
    assert stored() == before
    assert any("already exists" in reason for reason in reasons_of(name))
    assert client("ssm").get_parameter(Name=taken)["Parameter"]["Value"] == "somebody's"
    assert "Check" not in json.dumps(cfn.get_template(StackName=name)["TemplateBody"])
    # Healthy, and the previous template is the one before.
    assert release("three")["StackStatus"] == "UPDATE_COMPLETE"
    assert set(stored()) == {"always", "model-three", "endpoint"}


def test_previous_template_and_values_are_what_the_stack_has(
    create: Any, update: Any, release: Any, stored: Any, released: dict[str, Any], name: str
) -> None:
    create(name, **released)
    release("one")
    tagged = update(name, Parameters=[PREVIOUS], Tags=[{"Key": "a", "Value": "b"}])
    assert tagged["StackStatus"] == "UPDATE_COMPLETE"
    assert stored()["always"] == "one"
    with pytest.raises(ClientError, match="No updates are to be performed"):
        update(name, Parameters=[PREVIOUS])


def test_a_change_set_changes_nothing_until_it_is_executed(
    create: Any, cfn: Any, settled: Any, stored: Any, released: dict[str, Any], name: str
) -> None:
    create(name, **released)
    made = cfn.create_change_set(
        StackName=name,
        ChangeSetName="release",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Release", "ParameterValue": "one"}],
    )
    told = cfn.describe_change_set(ChangeSetName=made["Id"])["Changes"]
    actions = {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"]["Action"] for each in told}
    assert actions == {"Always": "Modify", "Model": "Add", "Endpoint": "Add"}
    assert stored() == {"always": "none"}
    cfn.execute_change_set(ChangeSetName=made["Id"])
    assert settled(name)["StackStatus"] == "UPDATE_COMPLETE"
    assert stored()["endpoint"] == f"/{name}/model-one"


def test_a_stack_in_operation_is_locked_in_cloudformations_words(
    cfn: Any, settled: Any, template: Any, released: dict[str, Any], name: str, things: Thing
) -> None:
    held = things.held["Held"] = threading.Event()
    resources = {**released.pop("resources"), "Held": {"Type": "Test::Thing"}}
    cfn.create_stack(StackName=name, TemplateBody=template(resources, **released))
    state = r"is in CREATE_IN_PROGRESS state and can not be updated"
    with pytest.raises(ClientError, match=state) as caught:
        cfn.update_stack(StackName=name, UsePreviousTemplate=True)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    held.set()
    assert settled(name)["StackStatus"] == "CREATE_COMPLETE"
