"""Requests to a prediction API at a steady rate, each when its time has come, and what came of each."""

from __future__ import annotations

import json
import statistics
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECONDS_TO_WAIT = 35


@dataclass(frozen=True)
class Prediction:
    """One request: its seconds, and what came of it: `predicted <value>`, or a status or an exception."""

    seconds: float
    outcome: str

    @property
    def failed(self) -> bool:
        """Whether whoever asked got no prediction."""
        return not self.outcome.startswith("predicted")


@dataclass
class SteadyLoad:
    """Sends requests from entering to leaving it.

    Attributes:
        url: of the model's predictions, as the API's output says it.
        endpoint: where such requests are sent instead: the embedded AWS.
        instance: what is asked.
        rate: requests a second in all; a late one is made up for.
        threads: how many may wait for their answers at once.
        predictions: what came so far.
    """

    url: str
    endpoint: str
    instance: dict[str, Any]
    rate: float = 25.0
    threads: int = 4
    predictions: list[Prediction] = field(default_factory=list[Prediction])

    def __enter__(self) -> SteadyLoad:
        self._pool = urllib3.PoolManager(maxsize=self.threads, retries=False)
        self._stopped = threading.Event()
        self._running = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(self.threads)
        ]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._running:
            thread.join()

    def failures(self) -> list[str]:
        """What came of the requests that got no prediction."""
        return [one.outcome for one in self.predictions if one.failed]

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many percent were answered."""
        return 1000 * statistics.quantiles([one.seconds for one in self.predictions], n=100)[percent - 1]

    def _run(self, number: int) -> None:
        began, sent = time.monotonic(), 0
        while not self._stopped.is_set():
            due = began + (sent * self.threads + number) / self.rate
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
            before = time.monotonic()
            outcome = self._ask()
            self.predictions.append(Prediction(time.monotonic() - before, outcome))
            sent += 1

    def _ask(self) -> str:
        body = json.dumps({"instances": [self.instance]})
        signed = AWSRequest("POST", self.url, headers={"Content-Type": "application/json"}, data=body)
        SigV4Auth(Credentials("developer", "emulator"), "execute-api", "us-east-1").add_auth(signed)
        headers = {**dict(signed.headers.items()), "Host": urlsplit(self.url).netloc}
        at = self.endpoint + urlsplit(self.url).path
        try:
            response: Any = self._pool.request(
                "POST", at, body=body, headers=headers, timeout=SECONDS_TO_WAIT
            )
        except urllib3.exceptions.HTTPError as error:
            return repr(error)
        if response.status != 200:
            return f"{response.status} {response.data[:200]!r}"
        return f"predicted {response.json()['predictions'][0]}"
