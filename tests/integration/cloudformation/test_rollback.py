"""An update that fails ends where it began, or says where it is stuck."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.waiting import eventually


def chain(thing: Any, version: str, **more: Any) -> dict[str, Any]:
    """A model that is replaced, an endpoint that follows it in place, and a check that comes last."""
    return {
        "Model": thing({"Name": version}),
        "Endpoint": thing({"Value": {"Ref": "Model"}}),
        "Check": thing({"Value": version}, DependsOn="Endpoint"),
        **more,
    }


def test_a_failed_update_puts_previous_properties_back_and_deletes_what_was_new(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, events_of: Any, name: str
) -> None:
    create(name, chain(thing, "one"))
    before = resources_of(name)
    things.calls.clear()
    things.failing["create", "Bad"] = "no room"
    found = update(name, chain(thing, "two", New=thing(), Bad=thing(DependsOn=["Check", "New"])))
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    after = resources_of(name)
    assert {key: item["PhysicalResourceId"] for key, item in after.items()} == {
        key: item["PhysicalResourceId"] for key, item in before.items()
    }
    endpoint = things.alive[after["Endpoint"]["PhysicalResourceId"]]
    assert endpoint["Value"] == before["Model"]["PhysicalResourceId"]
    undone = things.calls[things.calls.index(("create", "Bad")) + 1 :]
    assert undone[:2] == [("update", "Endpoint"), ("update", "Check")]
    assert sorted(undone[2:]) == [("delete", "Model"), ("delete", "New")]
    assert [status for who, status in events_of(name) if who == name][-4:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_failed_check_at_the_end_leaves_the_old_release_in_place(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, reasons_of: Any, name: str
) -> None:
    create(name, chain(thing, "one"))
    old_model = resources_of(name)["Model"]["PhysicalResourceId"]
    original = things.update

    def refuse_two(context: Any, physical_id: str, old: Any, new: Any) -> Any:
        things.failing.clear()
        if context.logical_id == "Check" and new["Value"] == "two":
            things.failing["update", "Check"] = "the endpoint does not serve it"
        return original(context, physical_id, old, new)

    things.update = refuse_two
    try:
        found = update(name, chain(thing, "two"))
    finally:
        del things.update
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert old_model in things.alive
    assert resources_of(name)["Model"]["PhysicalResourceId"] == old_model
    assert "The following resource(s) failed to update: [Check]." in reasons_of(name)


def test_parameters_outputs_and_template_are_those_before(
    create: Any, update: Any, things: Any, thing: Any, cfn: Any, name: str
) -> None:
    parameters = {"V": {"Type": "String", "Default": "one"}}
    outputs = {"V": {"Value": {"Ref": "V"}}}
    resources = {"A": thing({"Value": {"Ref": "V"}})}
    create(name, resources, Parameters=parameters, Outputs=outputs)
    things.failing["create", "B"] = "no room"
    found = update(
        name,
        {**resources, "B": thing()},
        Parameters={"V": {"Type": "String", "Default": "two"}},
        Outputs=outputs,
    )
    assert found["Parameters"] == [{"ParameterKey": "V", "ParameterValue": "one"}]
    assert found["Outputs"][0]["OutputValue"] == "one"
    assert set(cfn.get_template(StackName=name)["TemplateBody"]["Resources"]) == {"A"}


def test_resources_that_the_update_removes_survive_its_failure(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, name: str
) -> None:
    create(name, {"A": thing(), "Removed": thing()})
    things.failing["create", "B"] = "no room"
    update(name, {"A": thing(), "B": thing()})
    assert set(resources_of(name)) == {"A", "Removed"}
    assert ("delete", "Removed") not in things.calls


def stuck(create: Any, update: Any, things: Any, thing: Any, name: str) -> dict[str, Any]:
    create(name, {"A": thing({"V": 1}), "B": thing({"V": 1}, DependsOn="A")})
    things.failing["update", "B"] = "stuck"
    return update(name, {"A": thing({"V": 2}), "B": thing({"V": 2}, DependsOn="A")})


def test_a_roll_back_that_fails_says_so_and_locks_the_stack(
    create: Any, update: Any, things: Any, thing: Any, cfn: Any, template: Any, name: str
) -> None:
    found = stuck(create, update, things, thing, name)
    assert found["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert found["StackStatusReason"] == "The following resource(s) failed to update: [B]."
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        cfn.update_stack(StackName=name, TemplateBody=template({"A": thing()}))


def test_a_failed_roll_back_goes_on_once_its_cause_is_gone(
    create: Any, update: Any, things: Any, thing: Any, cfn: Any, settled: Any, name: str
) -> None:
    stuck(create, update, things, thing, name)
    things.failing.clear()
    things.calls.clear()
    cfn.continue_update_rollback(StackName=name)
    assert settled(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert things.calls == [("update", "B")]


def test_a_resource_that_will_not_go_back_can_be_skipped(
    create: Any, update: Any, things: Any, thing: Any, cfn: Any, settled: Any, reasons_of: Any, name: str
) -> None:
    stuck(create, update, things, thing, name)
    with pytest.raises(ClientError, match=r"ResourcesToSkip: \[A\]"):
        cfn.continue_update_rollback(StackName=name, ResourcesToSkip=["A"])
    cfn.continue_update_rollback(StackName=name, ResourcesToSkip=["B"])
    assert settled(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Resource skipped during UpdateRollback" in reasons_of(name)


def test_only_a_failed_roll_back_can_be_continued(create: Any, cfn: Any, thing: Any, name: str) -> None:
    create(name, {"A": thing()})
    with pytest.raises(ClientError, match="can not continue rollback"):
        cfn.continue_update_rollback(StackName=name)


def test_without_rollback_an_update_stops_where_it_failed_and_can_be_rolled_back_later(
    create: Any, update: Any, things: Any, thing: Any, cfn: Any, settled: Any, name: str
) -> None:
    create(name, {"A": thing({"V": 1})})
    things.failing["create", "B"] = "no room"
    found = update(name, {"A": thing({"V": 2}), "B": thing(DependsOn="A")}, DisableRollback=True)
    assert found["StackStatus"] == "UPDATE_FAILED"
    assert {"V": 2} in things.alive.values()
    cfn.rollback_stack(StackName=name)
    assert settled(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert things.calls[-1] == ("update", "A")


def test_without_rollback_the_next_update_goes_on_from_there(
    create: Any, update: Any, things: Any, thing: Any, resources_of: Any, name: str
) -> None:
    create(name, {"A": thing({"V": 1})})
    things.failing["create", "B"] = "no room"
    wanted = {"A": thing({"V": 2}), "B": thing(DependsOn="A")}
    update(name, wanted, DisableRollback=True)
    things.reset()
    assert update(name, wanted)["StackStatus"] == "UPDATE_COMPLETE"
    assert things.calls == [("create", "B")]
    assert resources_of(name)["B"]["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def wait_for_updates_of_b(things: Any, count: int) -> None:
    eventually(lambda: things.calls, lambda calls: calls.count(("update", "B")) >= count)


def test_an_update_can_be_cancelled(
    create: Any, cfn: Any, settled: Any, things: Any, thing: Any, template: Any, name: str
) -> None:
    create(name, {"A": thing({"V": 1}), "B": thing({"V": 1}, DependsOn="A")})
    things.held["B"] = threading.Event()
    cfn.update_stack(
        StackName=name, TemplateBody=template({"A": thing({"V": 2}), "B": thing({"V": 2}, DependsOn="A")})
    )
    wait_for_updates_of_b(things, 1)
    cfn.cancel_update_stack(StackName=name)
    wait_for_updates_of_b(things, 2)
    things.held["B"].set()
    assert settled(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
