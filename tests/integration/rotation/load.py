"""Steady requests to the prediction API, and what came of each."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration.rotation.world import World


class Load:
    """While it lasts, `rate` requests a second are sent, each when its time has come, whatever the others do.

    `answers` counts the outcomes: the prediction of a 200, or the status with its error, or the exception.
    """

    def __init__(self, world: World, rate: float, threads: int = 4) -> None:
        self.answers: Counter[str] = Counter()
        self._rate, self._threads = rate, threads
        outputs = world.outputs("inference")
        self._url = f"{outputs['ApiUrl'].rstrip('/')}/models/{world.model}/predictions"
        self._pool = urllib3.PoolManager(maxsize=threads, retries=False)
        self._at = world.client("sts").meta.endpoint_url + urlsplit(self._url).path
        self._stopped = threading.Event()
        self._running: list[threading.Thread] = []

    def __enter__(self) -> Load:
        for number in range(self._threads):
            thread = threading.Thread(target=self._run, args=(number,), daemon=True)
            thread.start()
            self._running.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._running:
            thread.join()

    def _run(self, number: int) -> None:
        began, sent = time.monotonic(), 0
        while not self._stopped.is_set():
            due = began + (sent * self._threads + number) / self._rate
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
            self.answers[self._ask()] += 1
            sent += 1

    def _ask(self) -> str:
        body = json.dumps({"instances": [{"SquareFeet": 3100}]})
        signed = AWSRequest("POST", self._url, headers={"Content-Type": "application/json"}, data=body)
        SigV4Auth(Credentials("developer", "emulator"), "execute-api", "us-east-1").add_auth(signed)
        headers = {**dict(signed.headers.items()), "Host": urlsplit(self._url).netloc}
        try:
            response: Any = self._pool.request("POST", self._at, body=body, headers=headers, timeout=35)
        except urllib3.exceptions.HTTPError as error:
            return repr(error)
        if response.status != 200:
            return f"{response.status} {response.data[:200]!r}"
        return f"predicted {response.json()['predictions'][0]}"
