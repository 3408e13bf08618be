"""The prediction API asked: signed for execute-api, sent to where AWS is."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from cli import prediction
from cli.session import CommandError, Session
from tests.unit.cli.conftest import FakeAws, with_outputs

API = "https://abc.execute-api.eu-west-1.amazonaws.com/v1/"


@pytest.fixture
def sent(session: Session, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    requests: list[Any] = []

    def request(*words: Any, **more: Any) -> Any:
        requests.append((*words, more))
        return SimpleNamespace(status=200, data=b'{"predictions": [1.0]}')

    monkeypatch.setattr(urllib3, "request", request)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    aws.says("cloudformation", "describe_stacks", with_outputs(ApiUrl=API))
    return requests


def test_a_request_is_signed_for_the_apis_own_address(session: Session, sent: list[Any]) -> None:
    answer = prediction.predict(session, "m", [{"Feet": 1}], "challenger")
    assert (answer.status, answer.body) == (200, {"predictions": [1.0]})
    method, url, more = sent[0]
    assert (method, url) == ("POST", "http://localhost:1/v1/models/m/predictions?variant=challenger")
    assert json.loads(more["body"]) == {"instances": [{"Feet": 1}]}
    assert more["headers"]["Host"] == "abc.execute-api.eu-west-1.amazonaws.com"
    assert "/eu-west-1/execute-api/aws4_request" in more["headers"]["Authorization"]


def test_without_an_embedded_aws_it_goes_to_aws(
    session: Session, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    prediction.predict(session, "m", [])
    assert sent[0][1] == f"{API}models/m/predictions"


def test_an_answer_that_is_not_json_is_shown(
    session: Session, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = SimpleNamespace(status=413, data=b"too long")
    monkeypatch.setattr(urllib3, "request", lambda *_, **__: answer)
    told = prediction.predict(session, "m", [])
    assert (told.status, told.body) == (413, {"error": {"code": "NotJson", "message": "too long"}})


def test_an_api_that_is_not_reached_is_told(
    session: Session, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        raise urllib3.exceptions.ProtocolError("Connection aborted.")

    monkeypatch.setattr(urllib3, "request", silent)
    with pytest.raises(CommandError, match=rf"^{API}models/m/predictions gave no answer: .*aborted"):
        prediction.predict(session, "m", [])


def test_no_credentials_are_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = SimpleNamespace(get_credentials=lambda: None)
    monkeypatch.setattr(prediction.boto3.session, "Session", lambda: nobody)
    with pytest.raises(CommandError, match="no AWS credentials are configured"):
        prediction.predict(session, "m", [])
