"""The deployed prediction API, asked as callers ask it: signed, over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import aws
from tests.integration.rotation.world import World


@dataclass(frozen=True)
class Answer:
    """The API's."""

    status: int
    body: dict[str, Any]
    retry_after: str | None

    @property
    def code(self) -> str:
        """Of a refusal."""
        return self.body["error"]["code"]


def post(world: World, route: str, document: Any, **query: str) -> Answer:
    """The answer of the model's route (`predictions`, `feedback`) to a JSON document."""
    url = f"{world.outputs('inference')['ApiUrl']}models/{world.model}/{route}"
    url += f"?{urlencode(query)}" if query else ""
    body = json.dumps(document)
    signed = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    SigV4Auth(Credentials("developer", "emulator"), "execute-api", "us-east-1").add_auth(signed)
    headers = {**dict(signed.headers.items()), "Host": urlsplit(url).netloc}
    parts = urlsplit(url)
    reached = aws.endpoint_url() + parts.path + (f"?{parts.query}" if parts.query else "")
    answer = urllib3.request("POST", reached, body=body, headers=headers, timeout=35)
    return Answer(answer.status, json.loads(answer.data), answer.headers.get("Retry-After"))
