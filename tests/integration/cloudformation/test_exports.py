"""Exports tie stacks together: unique, and kept while they are imported."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def exporting(name: str, value: Any = "v") -> dict[str, Any]:
    return {"Out": {"Value": value, "Export": {"Name": f"{name}-export"}}}


@pytest.fixture
def pair(create: Any, thing: Any, name: str) -> tuple[str, str]:
    """(a stack that exports, a stack that imports it)."""
    create(name, {"A": thing()}, Outputs=exporting(name))
    importing = thing({"Value": {"Fn::ImportValue": {"Fn::Sub": f"{name}-export"}}})
    assert create(f"{name}-user", {"B": importing})["StackStatus"] == "CREATE_COMPLETE"
    return name, f"{name}-user"


def test_an_import_reads_the_export(pair: tuple[str, str], cfn: Any, things: Any) -> None:
    assert {"Value": "v"} in things.alive.values()
    exports = {item["Name"]: item["Value"] for item in cfn.list_exports()["Exports"]}
    assert exports[f"{pair[0]}-export"] == "v"
    assert cfn.list_imports(ExportName=f"{pair[0]}-export")["Imports"] == [pair[1]]


def test_an_export_in_use_keeps_its_stack(pair: tuple[str, str], cfn: Any, settled: Any, things: Any) -> None:
    cfn.delete_stack(StackName=pair[0])
    found = settled(pair[0])
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert found["StackStatusReason"] == (
        f"Export {pair[0]}-export cannot be deleted as it is in use by {pair[1]}"
    )
    assert ("delete", "A") not in things.calls


def test_an_export_in_use_cannot_be_removed(pair: tuple[str, str], update: Any, thing: Any) -> None:
    found = update(pair[0], {"A": thing({"V": 1})})
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert found["Outputs"][0]["OutputValue"] == "v"


def test_an_export_in_use_cannot_change(
    pair: tuple[str, str], update: Any, thing: Any, reasons_of: Any
) -> None:
    update(pair[0], {"A": thing()}, Outputs=exporting(pair[0], "other"))
    expected = f"Export {pair[0]}-export cannot be updated as it is in use by {pair[1]}"
    assert expected in reasons_of(pair[0])


def test_an_export_is_free_once_its_last_user_is_gone(pair: tuple[str, str], cfn: Any, settled: Any) -> None:
    stacks = [cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackId"] for stack in pair]
    for stack in reversed(stacks):
        cfn.delete_stack(StackName=stack)
        assert settled(stack)["StackStatus"] == "DELETE_COMPLETE"


def test_the_exports_of_a_deleted_stack_are_gone(
    create: Any, cfn: Any, settled: Any, thing: Any, name: str
) -> None:
    found = create(name, {"A": thing()}, Outputs=exporting(name))
    cfn.delete_stack(StackName=name)
    settled(found["StackId"])
    assert create(name, {"A": thing()}, Outputs=exporting(name))["StackStatus"] == "CREATE_COMPLETE"


def test_an_unknown_export_rolls_the_new_stack_back(
    create: Any, thing: Any, reasons_of: Any, things: Any, name: str
) -> None:
    found = create(name, {"Before": thing(), "A": thing({"Value": {"Fn::ImportValue": "nobody"}})})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "No export named nobody found. Rollback requested by user." in reasons_of(name)
    assert things.calls == []


def test_an_export_name_belongs_to_one_stack(
    pair: tuple[str, str], create: Any, thing: Any, reasons_of: Any
) -> None:
    other = f"{pair[0]}-other"
    found = create(other, {"A": thing()}, Outputs=exporting(pair[0]))
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(f"is already exported by stack {pair[0]}" in reason for reason in reasons_of(other))


def test_a_weak_reference_reads_an_output_and_does_not_hold_it(
    create: Any, cfn: Any, settled: Any, thing: Any, name: str
) -> None:
    producer = create(name, {"A": thing()}, Outputs={"Out": {"Value": "weak"}})
    read = {"Fn::GetStackOutput": {"StackName": name, "OutputName": "Out"}}
    found = create(f"{name}-user", {"B": thing({"Value": read})}, Outputs={"Read": {"Value": read}})
    assert found["Outputs"][0]["OutputValue"] == "weak"
    cfn.delete_stack(StackName=name)
    assert settled(producer["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_update_keeps_the_imports_that_it_gave_up(
    pair: tuple[str, str], update: Any, things: Any, thing: Any, cfn: Any
) -> None:
    things.failing["create", "Bad"] = "no room"
    found = update(pair[1], {"B": thing({"Value": "own"}), "Bad": thing(DependsOn="B")})
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="is not imported"):
        cfn.list_imports(ExportName="nobody")
    assert cfn.list_imports(ExportName=f"{pair[0]}-export")["Imports"] == [pair[1]]
