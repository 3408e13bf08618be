"""Custom resources: a real function is asked, and its answer is the resource."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.waiting import eventually

HANDLER = """
import json, urllib.request

def handler(event, context):
    given = event["ResourceProperties"]
    print("EVENT " + json.dumps(event))
    answer = {
        "Status": "FAILED" if event["RequestType"] in given.get("FailOn", "") else "SUCCESS",
        "Reason": "as it was told",
        "PhysicalResourceId": given.get("Id", "fixed"),
        "Data": {"Kind": type(given.get("Number")).__name__, "Echo": str(given.get("Number"))},
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    if given.get("Big"):
        answer["Data"]["Big"] = "x" * 5000
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"), timeout=60)
"""


@pytest.fixture(scope="module")
def token(client: Any) -> str:
    """ARN of a function that answers as its properties tell it."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
    role = client("iam").create_role(RoleName="custom-fn", AssumeRolePolicyDocument=json.dumps(trust))
    logs = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName="custom-fn", PolicyName="logs", PolicyDocument=json.dumps(logs))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", HANDLER)
    made = client("lambda").create_function(
        FunctionName="custom-resource-of-tests",
        Role=role["Role"]["Arn"],
        Runtime="python3.12",
        Handler="index.handler",
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )
    return made["FunctionArn"]


@pytest.fixture
def custom(token: str) -> Any:
    def make(**properties: Any) -> dict[str, Any]:
        return {"Type": "Custom::Told", "Properties": {"ServiceToken": token, **properties}}

    return make


@pytest.fixture
def asked(client: Any) -> Any:
    """(request type, physical id) of a stack's events, once the function's log shows so many of them."""
    logs = client("logs")
    group = "/aws/lambda/custom-resource-of-tests"

    def logged() -> list[dict[str, Any]]:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        said = [event["message"] for event in events if "EVENT " in event["message"]]
        return [json.loads(message.split("EVENT ", 1)[1]) for message in said]

    def look(stack_id: str, count: int) -> list[tuple[str, str | None]]:
        found = eventually(
            lambda: [item for item in logged() if item["StackId"] == stack_id],
            lambda asked_for: len(asked_for) >= count,
        )
        return [(item["RequestType"], item.get("PhysicalResourceId")) for item in found]

    return look


def output_of(logical_id: str) -> dict[str, Any]:
    return {
        "Kind": {"Value": {"Fn::GetAtt": [logical_id, "Kind"]}},
        "Echo": {"Value": {"Fn::GetAtt": [logical_id, "Echo"]}},
        "Ref": {"Value": {"Ref": logical_id}},
    }


def test_scalars_reach_the_handler_as_strings_and_its_data_comes_back(
    create: Any, custom: Any, name: str
) -> None:
    found = create(name, {"C": custom(Number=7)}, Outputs=output_of("C"))
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}
    assert outputs == {"Kind": "str", "Echo": "7", "Ref": "fixed"}


def test_an_update_keeps_the_physical_id_and_deletes_nothing(
    create: Any, update: Any, custom: Any, asked: Any, name: str
) -> None:
    found = create(name, {"C": custom(Number=1)})
    update(name, {"C": custom(Number=2)})
    assert asked(found["StackId"], 2) == [("Create", None), ("Update", "fixed")]


def test_another_physical_id_makes_the_old_one_be_deleted_in_the_clean_up(
    create: Any, update: Any, custom: Any, asked: Any, events_of: Any, name: str
) -> None:
    found = create(name, {"C": custom(Id="one")})
    assert update(name, {"C": custom(Id="two")})["StackStatus"] == "UPDATE_COMPLETE"
    assert asked(found["StackId"], 3) == [("Create", None), ("Update", "one"), ("Delete", "one")]
    events = events_of(name)
    assert events.index((name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")) < events.index(
        ("C", "DELETE_COMPLETE")
    )


def test_a_refusal_fails_the_stack_with_the_handlers_reason(
    create: Any, custom: Any, reasons_of: Any, asked: Any, name: str
) -> None:
    found = create(name, {"C": custom(FailOn="Create")})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    said = [reason for reason in reasons_of(name) if reason.startswith("Received response status [FAILED]")]
    assert "from custom resource. Message returned: as it was told (RequestId: " in said[0]
    assert asked(found["StackId"], 2) == [("Create", None), ("Delete", "fixed")]


def test_a_refused_update_is_asked_back_to_the_previous_properties(
    create: Any, update: Any, custom: Any, asked: Any, name: str
) -> None:
    found = create(name, {"C": custom(Number=1)})
    assert update(name, {"C": custom(Number=2, FailOn="Update")})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [kind for kind, _ in asked(found["StackId"], 3)] == ["Create", "Update", "Update"]


def test_an_answer_over_four_kilobytes_is_refused(
    create: Any, custom: Any, reasons_of: Any, name: str
) -> None:
    found = create(name, {"C": custom(Big="yes")})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Response object is too long." in reasons_of(name)


def test_the_service_token_cannot_change(
    create: Any, update: Any, custom: Any, token: str, reasons_of: Any, name: str
) -> None:
    create(name, {"C": custom()})
    update(name, {"C": {"Type": "Custom::Told", "Properties": {"ServiceToken": token + ":other"}}})
    assert "Modifying service token is not allowed." in reasons_of(name)
