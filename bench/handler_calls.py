"""Times one prediction three ways in one process, in turns: the handler, bare boto3, a raw HTTP round trip.

Run by bench.handler_predict, with the asset on the path and the stub as AWS_ENDPOINT_URL; prints JSON.
"""

import http.client
import importlib
import json
import os
import random
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import boto3

EVENT = {
    "pathParameters": {"model": "house-prices"},
    "queryStringParameters": None,
    "headers": {"Content-Type": "application/json"},
    "body": '{"instances": [{"SquareFeet": 3100}]}',
    "isBase64Encoded": False,
}
BODY = b'{"instances": [[3100]]}'
ENDPOINT = "dev-house-prices"


def calls() -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    handler: Any = importlib.import_module("predict.handler").handler
    context = SimpleNamespace(aws_request_id="bench", get_remaining_time_in_millis=lambda: 28_000)
    client: Any = boto3.client("sagemaker-runtime")
    connection = http.client.HTTPConnection(urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc)

    def bare() -> object:
        return client.invoke_endpoint(EndpointName=ENDPOINT, ContentType="application/json", Body=BODY)[
            "Body"
        ].read()

    def raw() -> object:
        path = f"/endpoints/{ENDPOINT}/invocations"
        connection.request("POST", path, BODY, {"Content-Type": "application/json"})
        return connection.getresponse().read()

    return {"handler": lambda: handler(EVENT, context), "boto3": bare, "http": raw}


def measure(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each call, `rounds` of each kind after 50 unmeasured ones."""
    timed = calls()
    for call in timed.values():
        for _ in range(50):
            call()
    took: dict[str, list[float]] = {name: [] for name in timed}
    shuffled = random.Random(0)
    names = list(timed)
    for _ in range(rounds):
        # Call by call and in any order, so that a busy moment of the machine meets all three alike.
        shuffled.shuffle(names)
        for name in names:
            begin = time.perf_counter()
            timed[name]()
            took[name].append(1000 * (time.perf_counter() - begin))
    return took


if __name__ == "__main__":
    answers = sys.stdout
    # The handler's log lines go where they cost a system call each, as on Lambda, but nobody reads them.
    with open(os.devnull, "w", encoding="utf-8") as sys.stdout:
        result = measure(int(sys.argv[1]))
    json.dump(result, answers)
