"""Which variant a caller gets while a challenger is on trial: always the same one, by a hash of its key.

Only requests with a key come here. What is on trial is read off the endpoint stack's parameters, which alone
say so, at most every SECONDS for a model; when they cannot be read, the endpoint's own weights choose.
"""

import hashlib
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handler_common import logs, stack_trial

# A change of traffic is seen this late; each instance of the function asks this seldom.
SECONDS = 30.0
# A prediction must not wait long for what it can do without.
CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Trial:
    """A challenger beside a champion: its package and the percent of callers that it is to get."""

    challenger: str
    traffic: int

    def variant(self, key: str) -> str:
        """The caller's variant.

        Salted with the package, so that two trials do not try the same callers. More traffic leaves the
        challenger the callers that it has.
        """
        digest = hashlib.sha256(f"{self.challenger}\n{key}".encode("utf-8", "surrogatepass")).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        return "challenger" if 100 * place < self.traffic else "champion"


@dataclass(frozen=True)
class _Seen:
    trial: Trial | None
    until: float


_seen: dict[str, _Seen] = {}


def variant(stack: str, key: str) -> str | None:
    """The variant of the caller with this key, None when nothing is on trial in the endpoint stack."""
    trial = _running(stack)
    return trial.variant(key) if trial else None


def forget(stack: str) -> None:
    """The endpoint did not have what its stack promised: no trial until the stack is looked at again."""
    _seen[stack] = _Seen(None, time.monotonic() + SECONDS)


def read(parameters: list[dict[str, str]]) -> Trial | None:
    """The trial in an endpoint stack's parameters: a challenger that gets traffic, beside a champion."""
    found = stack_trial.read(stack_trial.values(parameters))
    return Trial(found.challenger, found.traffic) if found and found.champion else None


def _running(stack: str) -> Trial | None:
    seen = _seen.get(stack)
    now = time.monotonic()
    if seen is not None and now < seen.until:
        return seen.trial
    try:
        described = _cloudformation().describe_stacks(StackName=stack)["Stacks"][0]
        trial = read(described.get("Parameters", []))
    except (BotoCoreError, ClientError) as error:
        logs.warning("the trial is not known", stack=stack, cause=repr(error))
        trial = seen.trial if seen else None
    _seen[stack] = _Seen(trial, now + SECONDS)
    return trial


@cache
def _cloudformation() -> Any:
    """Made when first needed: most requests have no key."""
    return boto3.client("cloudformation", config=CONFIG)
