"""The ledger on the deployed dashboard: its function asked as CloudWatch does, with the viewer's rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handler_common.ledger import version
from sagemaker_lifecycle import names
from tests.integration.conftest import allow
from tests.integration.rotation.deployed import ENVIRONMENT
from tests.integration.rotation.rights import Role, recorded
from tests.integration.rotation.world import World

MakeRole = Callable[..., dict[str, Any]]

NOT_ASKED_FOR_HERE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  # the embedded AWS has no X-Ray


def widget(world: World) -> dict[str, Any]:
    """The one custom widget of the model's dashboard: its properties."""
    name = f"{names.prefix(ENVIRONMENT)}-{world.model}"
    body = json.loads(world.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    [found] = [one["properties"] for one in body["widgets"] if one["type"] == "custom"]
    return found


def shown(world: World, credentials: dict[str, Any] | None = None, **params: str) -> str:
    """What the widget's function answers for the dashboard, or for other parameters than the widget's."""
    found = widget(world)
    event = {**(params or found["params"]), "widgetContext": {"theme": "light", "params": found["params"]}}
    answer = world.client("lambda", credentials).invoke(
        FunctionName=found["endpoint"], Payload=json.dumps(event).encode()
    )
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_a_release_and_its_end_are_on_the_dashboard(world: World) -> None:
    before, package = world.champion, world.released()
    html = shown(world)
    assert f"{world.model}: {version(package)} is live since " in html
    assert html.index(f">{version(package)}<") < html.index(f">{version(before)}<")
    assert world.ask("rollback")["outcome"] == "started"
    world.assert_live(before)
    html = shown(world)
    assert f"{world.model}: {version(before)} is live since " in html
    newest, ended, *_ = html.partition("</thead>")[2].split("</tr>")
    assert f">{version(before)}<" in newest
    assert f">{version(package)}<" in ended
    assert "replaced: rollback" in ended


def test_a_parked_model_is_shown_as_such(world: World) -> None:
    live = world.champion
    assert world.ask("park")["outcome"] == "started"
    world.settle()
    html = shown(world)
    assert f"{world.model} is parked since " in html
    assert world.ledger()[-1]["why"] == "parked"
    assert f"waking releases {version(live)}" in html
    assert world.ask("wake")["outcome"] == "started"
    world.settle()
    assert f"{version(live)} is live since " in shown(world)


def test_who_may_not_invoke_the_function_sees_nothing(world: World, role: MakeRole) -> None:
    arn = widget(world)["endpoint"]
    viewer = role(allow("lambda:InvokeFunction", arn))
    assert world.model in shown(world, viewer)
    stranger = role(allow("cloudwatch:GetDashboard"))
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        shown(world, stranger)


def test_another_model_than_the_environments_is_told_in_words(world: World) -> None:
    assert "no model is named" in shown(world, model="absent")


def test_all_its_rights_are_used_and_without_reading_it_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions, name = world.client("lambda"), names.ledger_widget_name(ENVIRONMENT)
    parked = names.parked_parameter(ENVIRONMENT, world.model)
    world.client("ssm").put_parameter(Name=parked, Value=world.champion, Type="String", Overwrite=True)
    role = Role(world.client, functions.get_function_configuration(FunctionName=name)["Role"])
    asks = recorded(monkeypatch)
    # It starts cold, with a new log stream, which is made and written a little later.
    functions.update_function_configuration(FunctionName=name, MemorySize=256)
    shown(world)
    world.until(lambda: {right.action for right in role.unused(asks)}, NOT_ASKED_FOR_HERE.__eq__)
    for action in ("ssm:GetParameters", "cloudformation:DescribeStacks"):
        with role.deprived(role.right(action)):
            assert "could not be read" in shown(world)
    assert "could not be read" not in shown(world)
