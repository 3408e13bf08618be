"""What the design knows and this version does not do yet: refused by name, never ignored."""

from collections.abc import Mapping
from typing import Any, cast

from sagemaker_lifecycle.spec.algorithms import ALGORITHMS, ALL_TYPES
from sagemaker_lifecycle.spec.problems import Finding, KeyPath

SUPPORTED_VALUES: dict[KeyPath, tuple[str, ...]] = {
    ("algorithm",): tuple(ALGORITHMS),
    ("source", "type"): ("local", "s3"),
    ("serving", "type"): ("realtime",),
}

KNOWN_VALUES: dict[KeyPath, tuple[str, ...]] = {
    ("algorithm",): ("autopilot",),
    ("source", "type"): ("redshift", "dynamodb", "glue"),
    ("serving", "type"): ("serverless", "async", "batch"),
}

KNOWN_FEATURE_TYPES = ("text",)

KNOWN_KEYS: tuple[KeyPath, ...] = (
    ("cost", "budget"),
    ("prepare",),
    ("serving", "capture"),
)


def unsupported_findings(raw: Mapping[str, Any]) -> list[Finding]:
    """All that `raw` (a model.yaml as a mapping, valid or not) asks for and that is not supported yet."""
    findings = [
        Finding(
            path, f"{_at(raw, path)!r} is not supported yet; allowed: {', '.join(SUPPORTED_VALUES[path])}"
        )
        for path, known in KNOWN_VALUES.items()
        if _at(raw, path) in known
    ]
    findings += [Finding(path, "is not supported yet") for path in KNOWN_KEYS if _at(raw, path) is not None]
    findings += _feature_findings(raw)
    return findings


def _at(raw: Any, path: KeyPath) -> Any:
    value = raw
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[Any, Any], value).get(part)
    return value if not isinstance(value, list) else tuple(cast(list[Any], value))


def _feature_findings(raw: Mapping[str, Any]) -> list[Finding]:
    features = _at(raw, ("features",))
    if not isinstance(features, tuple):
        return []
    return [
        Finding(
            ("features", index, "type"), f"{kind!r} is not supported yet; allowed: {', '.join(ALL_TYPES)}"
        )
        for index, feature in enumerate(cast(tuple[Any, ...], features))
        if (kind := _at(feature, ("type",))) in KNOWN_FEATURE_TYPES
    ]
