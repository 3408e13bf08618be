"""What API Gateway refuses before a function is asked, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import allow
from tests.integration.gateway.conftest import ACCOUNT, DEVELOPER, REGION, STAGE, Api


def refused(answer: Any) -> tuple[int, str, str, str]:
    """Status, x-amzn-ErrorType, and the code and message that the API's template makes of it."""
    error = answer.json()["error"]
    return answer.status, answer.headers["x-amzn-ErrorType"], error["code"], error["message"]


def test_iam_lets_in_who_may_invoke_and_says_who_it_was(api: Api, role: Any) -> None:
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/{STAGE}/POST/guarded/7"
    session = role(allow("execute-api:Invoke", arn))
    answer = api.ask("POST", "/guarded/7", {}, signed=session)
    assert answer.status == 200
    caller = answer.json()["requestContext"]["identity"]["userArn"]
    assert caller == f"arn:aws:sts::{ACCOUNT}:assumed-role/{session['RoleName']}/test"
    assert api.ask("POST", "/guarded/8", {}, signed=session).status == 403
    assert api.ask("POST", "/guarded/8", {}, signed=DEVELOPER).status == 200


def test_iam_refuses_who_may_not_invoke(api: Api, role: Any) -> None:
    session = role(allow("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:other/*"))
    assert refused(api.ask("POST", "/guarded/7", {}, signed=session)) == (
        403,
        "AccessDeniedException",
        "ACCESS_DENIED",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{session['RoleName']}/test is not authorized to perform: "
        f"execute-api:Invoke on resource: arn:aws:execute-api:{REGION}:********9012:{api.id}/{STAGE}/POST"
        "/guarded/7",
    )


MISSING_TOKEN = (
    403,
    "MissingAuthenticationTokenException",
    "MISSING_AUTHENTICATION_TOKEN",
    "Missing Authentication Token",
)


def test_an_unsigned_request_is_refused(api: Api) -> None:
    assert refused(api.ask("POST", "/guarded/7", {})) == MISSING_TOKEN


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ({"service": "lambda"}, "Credential should be scoped to correct service: 'execute-api'."),
        ({"region": "eu-west-1"}, "Credential should be scoped to a valid region, not 'eu-west-1'."),
        (
            {"signed": {**DEVELOPER, "SessionToken": "made-up"}},
            "The security token included in the request is invalid.",
        ),
    ],
    ids=["service", "region", "session"],
)
def test_a_signature_for_something_else_is_refused(api: Api, signature: Any, message: str) -> None:
    answer = api.ask("POST", "/guarded/7", {}, **{"signed": DEVELOPER, **signature})
    assert refused(answer) == (403, "InvalidSignatureException", "INVALID_SIGNATURE", message)


@pytest.mark.parametrize(("http_method", "path"), [("POST", "/nowhere"), ("GET", "/echo/1"), ("POST", "/")])
def test_a_path_or_method_that_is_not_there_looks_like_a_missing_token(
    api: Api, http_method: str, path: str
) -> None:
    assert refused(api.ask(http_method, path)) == MISSING_TOKEN


def test_a_stage_that_is_not_there_is_forbidden(api: Api) -> None:
    answer = api.ask("POST", "/echo/1", stage="absent")
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


def test_an_api_that_is_not_there_is_forbidden(api: Api) -> None:
    answer = Api(api.gateway, api.url, "0123456789", "").ask("POST", "/echo/1")
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


def test_a_body_of_more_than_10_mib_is_413(api: Api) -> None:
    answer = api.ask("POST", "/echo/1", b" " * (10 * 1024 * 1024 + 1))
    assert (answer.status, answer.data) == (413, b"HTTP content length exceeded 10485760 bytes.")


CHECKED = "/checked?must=1"
MUST = {"X-Must": "1"}


def test_a_valid_request_passes_the_validator(api: Api) -> None:
    assert api.ask("POST", CHECKED, {"n": 1}, headers=MUST).status == 200


@pytest.mark.parametrize("body", [None, "{", "[]", "{}", '{"n": 0}', '{"n": "1"}'])
def test_a_body_that_breaks_its_model_has_the_status_of_its_own_response(api: Api, body: str | None) -> None:
    assert refused(api.ask("POST", CHECKED, body, headers=MUST)) == (
        422,
        "BadRequestException",
        "BAD_REQUEST_BODY",
        "Invalid request body",
    )


def test_a_body_of_a_type_without_a_model_is_not_looked_at(api: Api) -> None:
    answer = api.ask("POST", CHECKED, "n=0", headers={**MUST, "Content-Type": "text/plain"})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "headers", "missing"),
    [
        ("/checked", MUST, "must"),
        ("/checked?must=", MUST, "must"),
        ("/checked?may=1", {}, "must, X-Must"),
        (CHECKED, {}, "X-Must"),
    ],
)
def test_missing_or_blank_parameters_are_named(
    api: Api, path: str, headers: dict[str, str], missing: str
) -> None:
    status, _, code, message = refused(api.ask("POST", path, {"n": 1}, headers=headers))
    assert (status, code) == (400, "BAD_REQUEST_PARAMETERS")
    names = message.removeprefix("Missing required request parameters: [").removesuffix("]")
    assert sorted(names.split(", ")) == sorted(missing.split(", "))


def test_more_than_the_burst_is_429_for_that_method_only(api: Api) -> None:
    answers = [api.ask("GET", "/throttled") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert refused(answers[-1]) == (429, "TooManyRequestsException", "THROTTLED", "Too Many Requests")
    assert api.ask("POST", "/echo/1").status == 200
