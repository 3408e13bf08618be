"""API Gateway as a caller over HTTP meets it: what reaches the function, and what comes back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.integration.gateway.conftest import BYTES, STAGE, Api

NOT_TEXT = b"\x00\xff\xfe"


def said(api: Api, answer: Any, **more: Any) -> Any:
    """What a caller gets when the function answers this."""
    return api.ask("POST", "/say", {"answer": answer}, **more)


def test_a_function_sees_the_request(api: Api) -> None:
    event = api.ask(
        "POST",
        "/echo/a%20b?x=1&x=2&y=",
        '{"k": "ü"}',
        headers={"X-One": "1", "Content-Type": "application/json"},
    ).json()
    assert event["resource"] == "/echo/{id}"
    assert (event["path"], event["httpMethod"]) == ("/echo/a b", "POST")
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "2", "y": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""]}
    assert event["headers"]["X-One"] == "1"
    assert event["multiValueHeaders"]["X-One"] == ["1"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"k": "ü"}', False)
    context = event["requestContext"]
    assert (context["apiId"], context["stage"], context["path"]) == (api.id, STAGE, f"/{STAGE}/echo/a b")
    assert (context["resourcePath"], context["identity"]["userArn"]) == ("/echo/{id}", None)


def test_what_a_request_does_not_have_is_null(api: Api) -> None:
    event = api.ask("POST", "/echo/fixed").json()
    assert event["resource"] == "/echo/fixed"  # a literal beats a variable
    for member in ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "body"):
        assert event[member] is None


def test_a_greedy_variable_takes_the_rest_of_the_path(api: Api) -> None:
    assert api.ask("GET", "/files/a/b/c.txt").json()["pathParameters"] == {"path": "a/b/c.txt"}


def test_bytes_go_in_as_base64_for_a_binary_media_type(api: Api) -> None:
    event = api.ask("POST", "/echo/1", NOT_TEXT, headers={"Content-Type": BYTES}).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == NOT_TEXT


def test_bytes_of_another_type_are_taken_for_text(api: Api) -> None:
    event = api.ask("POST", "/echo/1", NOT_TEXT, headers={"Content-Type": "image/png"}).json()
    assert event["isBase64Encoded"] is False
    assert event["body"] == "\x00\ufffd\ufffd"


def test_a_base64_answer_is_decoded_for_who_accepts_bytes(api: Api) -> None:
    answer = {"isBase64Encoded": True, "body": base64.b64encode(NOT_TEXT).decode()}
    assert said(api, answer, headers={"Accept": f"{BYTES}, text/plain"}).data == NOT_TEXT
    assert said(api, answer, headers={"Accept": "text/plain"}).data == base64.b64encode(NOT_TEXT)


def test_status_headers_and_repeated_headers_come_back(api: Api) -> None:
    answer = said(
        api,
        {
            "statusCode": "201",
            "headers": {"X-Number": 7, "Content-Type": "text/csv"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
            "body": "1,2",
        },
    )
    assert (answer.status, answer.data) == (201, b"1,2")
    assert (answer.headers["X-Number"], answer.headers["Content-Type"]) == ("7", "text/csv")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers["x-amzn-RequestId"]


def test_an_empty_answer_is_an_empty_200(api: Api) -> None:
    answer = said(api, {})
    assert (answer.status, answer.data) == (200, b"")


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        None,
        [1],
        {"prediction": 1},
        {"statusCode": 200, "body": {"not": "a string"}},
        {"statusCode": "many"},
        {"statusCode": 7},
        {"headers": ["a"]},
        {"multiValueHeaders": {"A": 1}},
    ],
    ids=str,
)
def test_a_malformed_answer_is_502(api: Api, answer: Any) -> None:
    got = said(api, answer)
    assert (got.status, got.json()) == (502, {"message": "Internal server error"})
    assert got.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


def test_an_answer_that_is_not_base64_is_500(api: Api) -> None:
    answer = {"isBase64Encoded": True, "body": "!"}
    assert said(api, answer, headers={"Accept": BYTES}).status == 500
    assert said(api, answer).data == b"!"


def test_a_function_that_fails_is_502_and_keeps_its_reason(api: Api) -> None:
    got = api.ask("POST", "/say", {"fail": "secret"})
    assert (got.status, got.json()) == (502, {"message": "Internal server error"})


def test_an_answer_that_comes_too_late_is_504(api: Api) -> None:
    got = api.ask("POST", "/say/impatient", {"answer": {}, "sleep": 0.1})
    assert (got.status, got.json()) == (504, {"message": "Endpoint request timed out"})


def test_a_function_that_does_not_let_the_gateway_in_is_500(api: Api) -> None:
    got = api.ask("POST", "/closed", {})
    assert (got.status, got.json()) == (500, {"message": "Internal server error"})


def test_a_changed_method_waits_for_a_deployment_and_the_stage(api: Api) -> None:
    before = api.deploy()  # never asked before the change: what counts is when it was made
    where = {"restApiId": api.id, "resourceId": api.resources["/files/{path+}"], "httpMethod": "GET"}
    uri = api.gateway.get_integration(**where)["uri"]
    api.gateway.delete_method(**where)
    api.add("GET", "/files/{path+}", uri.split("/")[-2], authorizationType="AWS_IAM")
    api.serve(before)
    assert api.ask("GET", "/files/x").status == 200
    after = api.deploy()
    assert api.ask("GET", "/files/x").status == 200
    api.serve(after)
    assert api.ask("GET", "/files/x").status == 403


def test_each_request_leaves_a_line_in_the_access_log(api: Api, client: Any) -> None:
    logs = client("logs")
    api.ask("POST", "/echo/logged", {})
    api.ask("POST", "/nowhere/logged")
    events = logs.filter_log_events(logGroupName=api.log_group)["events"]
    lines = [json.loads(e["message"]) for e in events if "logged" in e["message"]]
    assert lines == [
        {
            "caller": "-",
            "method": "POST",
            "path": f"/{STAGE}/echo/logged",
            "status": "200",
            "error": "-",
            "odd": "-",
        },
        {
            "caller": "-",
            "method": "POST",
            "path": f"/{STAGE}/nowhere/logged",
            "status": "403",
            "error": "MISSING_AUTHENTICATION_TOKEN",
            "odd": "-",
        },
    ]
