"""A fidelity case: what a template asks of one resource, and where the service tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

Json = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What the subjects refer to; made once, and ``client`` to look at everything with."""

    client: Callable[[str], Any]
    key: str = ""
    role: str = ""
    boundary: str = ""
    bucket: str = ""
    log_bucket: str = ""
    queue: str = ""
    queue_url: str = ""
    topic: str = ""
    log_group: str = ""
    function: str = ""
    rest_api: str = ""
    root_resource: str = ""
    model: str = ""
    endpoint_config: str = ""
    endpoint: str = ""
    tags: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """The services as the subject's stack left them. ``id`` is what Ref gave."""

    world: World
    id: str = ""

    def __call__(self, service: str, operation: str, **parameters: Any) -> Json:
        return getattr(self.world.client(service), operation)(**parameters)

    def or_nothing(self, service: str, operation: str, **parameters: Any) -> Json:
        """As a call; empty where the service says that there is none."""
        try:
            return self(service, operation, **parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert (
                code.startswith(("NoSuch", "ResourceNotFound", "Repository", "Lifecycle"))
                or "NotFound" in code
            )
            return {}


@dataclass(frozen=True)
class Case:
    """One resource.

    properties: what the template asks for, with the world's names in it.
    described: the same by property name, as the service tells it.
    changed: properties that a stack update then changes in place, or takes away (None).
    others: further resources of the template, by logical id.
    """

    type: str
    properties: Callable[[World], Json]
    described: Callable[[Look], Json]
    changed: Callable[[World], Json] = lambda world: {}
    others: Callable[[World], Json] = lambda world: {}
    label: str = ""

    @property
    def id(self) -> str:
        return f"{self.type.removeprefix('AWS::')}{'-' if self.label else ''}{self.label}"


TAGS = [{"Key": "team", "Value": "ml"}, {"Key": "cost", "Value": "7"}]
NEW_TAGS = [{"Key": "team", "Value": "data"}]


def pairs(tags: Any) -> list[Json]:
    """Tags of any form as a list of Key and Value."""
    if isinstance(tags, Mapping):
        return [{"Key": key, "Value": value} for key, value in tags.items()]
    found = []
    for tag in tags or []:
        by_lower = {key.lower().removeprefix("tag"): value for key, value in tag.items()}
        found.append({"Key": by_lower["key"], "Value": by_lower["value"]})
    return found


def document(action: str, principal: str | None = None, resource: str = "*") -> Json:
    """A policy document of one statement."""
    statement: Json = {"Sid": "one", "Effect": "Allow", "Action": action, "Resource": resource}
    if principal:
        statement["Principal"] = {"Service": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(service: str) -> Json:
    """A trust policy."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def differences(wanted: Any, told: Any, path: str = "") -> list[str]:
    """Where ``told`` does not say what ``wanted`` asks for; what it says beyond that is fine.

    Names are compared without case, scalars as text, documents parsed, tags by key, other lists in order.
    """
    if isinstance(told, str) and isinstance(wanted, Mapping | list):
        told = json.loads(told)
    if isinstance(wanted, str) and isinstance(told, Mapping | list):
        wanted = json.loads(wanted)
    if isinstance(wanted, Mapping):
        if not isinstance(told, Mapping):
            return [f"{path}: {wanted!r} became {told!r}"]
        found = {str(key).lower(): value for key, value in told.items()}
        return [
            line
            for key, value in wanted.items()
            for line in differences(value, found.get(str(key).lower(), "nothing"), f"{path}.{key}")
        ]
    if isinstance(wanted, list):
        return _list_differences(wanted, told, path)
    return [] if _text(wanted) == _text(told) else [f"{path}: {wanted!r} became {told!r}"]


def _list_differences(wanted: list[Any], told: Any, path: str) -> list[str]:
    if not isinstance(told, list) or len(told) != len(wanted):
        return [f"{path}: {wanted!r} became {told!r}"]
    if _sortable(wanted):
        wanted, told = _sorted(wanted), _sorted(told)
    return [
        line
        for index, (one, other) in enumerate(zip(wanted, told, strict=True))
        for line in differences(one, other, f"{path}[{index}]")
    ]


def _sortable(items: Iterable[Any]) -> bool:
    return all(isinstance(item, str) or (isinstance(item, Mapping) and "Key" in item) for item in items)


def _sorted(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: item["Key"] if isinstance(item, Mapping) else item)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return str(float(value))
    except (TypeError, ValueError):
        return str(value)
