"""Checks a request against the constraints of the service's model: enums, lengths, ranges, patterns.

boto3 checks types and required members only; SageMaker checks the rest, and words it as here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from emulator.errors import AwsError


def check(shape: Any, params: dict[str, Any]) -> None:
    """Raise AwsError ValidationException that lists every member of ``params`` outside its constraint."""
    problems = list(_structure(shape, params, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise AwsError("ValidationException", f"{count}: {'; '.join(problems)}")


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            where = _child(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, member in value.items():
        if member is not None and name in shape.members:
            yield from _value(shape.members[name], member, _child(path, name))


def _child(path: str, name: str) -> str:
    lowered = name[0].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _value(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, path)
        return
    problem = _broken_constraint(shape, value)
    if problem:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {problem}"
    if shape.type_name == "list":
        for position, member in enumerate(value, start=1):
            yield from _value(shape.member, member, f"{path}.{position}.member")
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from _value(shape.key, key, f"{path}.key")
            yield from _value(shape.value, member, f"{path}.{key}")


def _broken_constraint(shape: Any, value: Any) -> str | None:
    metadata = shape.metadata
    if metadata.get("enum") and value not in metadata["enum"]:
        return f"satisfy enum value set: [{', '.join(metadata['enum'])}]"
    is_number = shape.type_name in ("integer", "long", "float", "double")
    size = value if is_number else len(value) if hasattr(value, "__len__") else None
    what = "have value" if is_number else "have length"
    if size is not None and "max" in metadata and size > metadata["max"]:
        return f"{what} less than or equal to {metadata['max']}"
    if size is not None and "min" in metadata and size < metadata["min"]:
        return f"{what} greater than or equal to {metadata['min']}"
    pattern = metadata.get("pattern")
    if pattern and isinstance(value, str):
        compiled = _compiled(pattern)
        if compiled and not compiled.fullmatch(value):
            return f"satisfy regular expression pattern: {pattern}"
    return None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what only Java's regular expressions know (Unicode classes).

    A dot is no line break: Lambda, with the same words, refused one under `.*`
    (https://github.com/amazon-connect/voicemail-for-amazon-connect/pull/27).
    """
    try:
        return re.compile(pattern)
    except re.error:
        return None
