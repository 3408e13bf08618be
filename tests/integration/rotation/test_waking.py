"""A prediction wakes the model that it finds parked: through the real API, by the deployed functions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import aws
from tests.integration.rotation.world import World


@dataclass(frozen=True)
class Answer:
    """The prediction API's."""

    status: int
    body: dict[str, Any]
    retry_after: str | None

    @property
    def code(self) -> str:
        """Of a refusal."""
        return self.body["error"]["code"]


def predict(world: World) -> Answer:
    """Asks the API for a prediction of the world's model."""
    url = f"{world.outputs('inference')['ApiUrl']}models/{world.model}/predictions"
    body = json.dumps({"instances": [{"SquareFeet": 3100}]})
    signed = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    SigV4Auth(Credentials("developer", "emulator"), "execute-api", "us-east-1").add_auth(signed)
    headers = {**dict(signed.headers.items()), "Host": urlsplit(url).netloc}
    answer = urllib3.request(
        "POST", aws.endpoint_url() + urlsplit(url).path, body=body, headers=headers, timeout=35
    )
    return Answer(answer.status, json.loads(answer.data), answer.headers.get("Retry-After"))


def test_a_prediction_wakes_the_parked_model_and_is_answered_later(world: World) -> None:
    live = world.champion
    assert world.ask("park")["outcome"] == "started"
    world.settle()
    refused = predict(world)
    assert (refused.status, refused.code, refused.retry_after) == (503, "ModelWaking", "60")
    world.until(lambda: predict(world).status, lambda status: status == 200)
    world.assert_live(live)
    assert world.ledger()[-1]["by"] == "a prediction"
