"""What a target gets of an event: all of it, a part, a constant, or a template filled from it."""

from __future__ import annotations

import json
import re
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\['([^']+)'\]|\[(\d+)\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")


def shaped(target: dict[str, Any], event: dict[str, Any], rule_arn: str, rule_name: str) -> str:
    """The text that the target receives (JSON, unless a template makes it plain text)."""
    if target.get("Input") is not None:
        return target["Input"]
    if target.get("InputPath"):
        return json.dumps(at_path(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer:
        return _filled(transformer, event, rule_arn, rule_name)
    return json.dumps(event)


def at_path(event: Any, path: str) -> Any:
    """What a JSON path ($.detail.name, $.resources[0]) finds; None where there is nothing."""
    found = event
    for name, quoted, index in _STEP.findall(path.removeprefix("$")):
        try:
            found = found[int(index)] if index else found[name or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _filled(transformer: dict[str, Any], event: dict[str, Any], rule_arn: str, rule_name: str) -> str:
    values: dict[str, Any] = {
        name: at_path(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()
    }
    values["aws.events.rule-arn"] = rule_arn
    values["aws.events.rule-name"] = rule_name
    values["aws.events.event.ingestion-time"] = event["time"]
    values["aws.events.event"] = {key: value for key, value in event.items() if key != "detail"}
    values["aws.events.event.json"] = event
    template = transformer["InputTemplate"]

    def replacement(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            return match.group(0)
        value = values[name]
        if _inside_quotes(template, match.start()):
            return (
                json.dumps(value)[1:-1] if isinstance(value, str) else json.dumps(value).replace('"', '\\"')
            )
        return json.dumps(value)

    return _PLACEHOLDER.sub(replacement, template)


def _inside_quotes(template: str, position: int) -> bool:
    return len(re.findall(r'(?<!\\)"', template[:position])) % 2 == 1
