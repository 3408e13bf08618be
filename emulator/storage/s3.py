"""S3: the order in which buckets and their policies appear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.s3.models import FakeBucket

from emulator.storage.patching import replaces


@replaces(FakeBucket, "_log_permissions_enabled_policy")
def accept_any_logging_target(_original: Callable[..., bool], *_positional: Any, **_named: Any) -> bool:
    """S3 takes a logging configuration before the target's policy allows the delivery; moto does not."""
    return True
