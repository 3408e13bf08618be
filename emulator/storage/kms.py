"""KMS: the rotation period, which moto drops."""

from __future__ import annotations

from typing import Any

from emulator.edge import Call, operation

_DEFAULT_DAYS = 365
_days: dict[str, int] = {}


def _key(call: Call) -> str:
    return str(call.params["KeyId"]).rsplit("/", 1)[-1]


@operation("kms", "EnableKeyRotation")
def _enable(call: Call) -> dict[str, Any]:
    call.forward_parsed()
    _days[_key(call)] = call.params.get("RotationPeriodInDays") or _days.get(_key(call), _DEFAULT_DAYS)
    return {}


@operation("kms", "GetKeyRotationStatus")
def _status(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    if told.get("KeyRotationEnabled"):
        told["RotationPeriodInDays"] = _days.get(_key(call), _DEFAULT_DAYS)
    return told
