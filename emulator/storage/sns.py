"""SNS: attributes of a topic that moto drops."""

from __future__ import annotations

from typing import Any

from emulator.edge import Call, operation

_KEPT = ("SignatureVersion", "TracingConfig")
_attributes: dict[str, dict[str, str]] = {}


@operation("sns", "CreateTopic")
def _create(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    given = call.params.get("Attributes") or {}
    kept = {name: given[name] for name in _KEPT if name in given}
    _attributes.setdefault(told["TopicArn"], {}).update(kept)
    return told


@operation("sns", "SetTopicAttributes")
def _set(call: Call) -> None:
    call.forward_parsed()
    if call.params["AttributeName"] in _KEPT:
        kept = _attributes.setdefault(call.params["TopicArn"], {})
        kept[call.params["AttributeName"]] = call.params.get("AttributeValue") or ""


@operation("sns", "GetTopicAttributes")
def _get(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    told["Attributes"].update(_attributes.get(call.params["TopicArn"], {}))
    return told


@operation("sns", "DeleteTopic")
def _delete(call: Call) -> None:
    call.forward_parsed()
    _attributes.pop(call.params["TopicArn"], None)
