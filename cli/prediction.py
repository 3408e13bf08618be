"""Asking the deployed prediction API, signed as IAM authorization wants it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import boto3.session
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli.session import CommandError, Session


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    body: dict[str, Any]


def predict(
    session: Session,
    model: str,
    instances: list[dict[str, Any]],
    variant: str | None = None,
    key: str | None = None,
) -> Answer:
    """POST the instances to the model's predictions. Raises CommandError without credentials or an answer."""
    query = {name: value for name, value in (("variant", variant), ("key", key)) if value}
    path = f"models/{model}/predictions" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    return _post(session, path, {"instances": instances})


def feedback(session: Session, model: str, outcomes: list[dict[str, Any]]) -> Answer:
    """POST what became of predictions of the model. Raises CommandError without credentials or an answer."""
    return _post(session, f"models/{model}/feedback", {"outcomes": outcomes})


def _post(session: Session, path: str, content: dict[str, Any]) -> Answer:
    credentials = boto3.session.Session().get_credentials()
    if credentials is None:
        raise CommandError("no AWS credentials are configured")
    url = f"{session.output('inference', 'ApiUrl').rstrip('/')}/{path}"
    body = json.dumps(content)
    signed = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    SigV4Auth(credentials, "execute-api", session.region).add_auth(signed)
    headers = {**dict(signed.headers.items()), "Host": urlsplit(url).netloc}
    try:
        response = urllib3.request(
            "POST", _reached_at(url), body=body, headers=headers, timeout=35, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        raise CommandError(f"{url} gave no answer: {error}") from error
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = {"error": {"code": "NotJson", "message": response.data.decode(errors="replace")}}
    return Answer(response.status, answer)


def _reached_at(url: str) -> str:
    """The address that the request goes to: as with boto3, AWS_ENDPOINT_URL takes AWS's place."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return url
    parts = urlsplit(url)
    return endpoint.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
