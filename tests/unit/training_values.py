"""What a state machine makes of its input: enough of the Amazon States Language for our tests."""

import re
from collections.abc import Mapping
from typing import Any


def filled(node: Any, state: Mapping[str, Any]) -> Any:
    """The parameters with every `.$` key replaced by what its path gives in `state`."""
    if isinstance(node, list):
        return [filled(item, state) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key.removesuffix(".$"): evaluated(value, state) if key.endswith(".$") else filled(value, state)
        for key, value in node.items()
    }


def evaluated(expression: str, state: Mapping[str, Any]) -> Any:
    """What a path or a format gives; a UUID is 36 characters."""
    expression = expression.replace("States.UUID()", "$.uuid")
    given = {**state, "uuid": "0" * 36}
    return execute_format(expression, given) if expression.startswith("States.") else at(given, expression)


def execute_format(expression: str, state: Mapping[str, Any]) -> str:
    """`States.Format('a-{}', $.b)` evaluated."""
    match = re.fullmatch(r"States\.Format\('([^']*)', (\$[\w.]+)\)", expression)
    assert match, f"not a format of one path: {expression}"
    return match[1].replace("{}", at(state, match[2]))


def at(state: Mapping[str, Any], path: str) -> Any:
    """The value at a path of names, `$.data.train_uri`."""
    value: Any = state
    for name in path.removeprefix("$.").split("."):
        value = value[name]
    return value


def plain(node: Any) -> str:
    """A text with references, as a template has it, with each reference as `<Name>` or `<Name.Attribute>`."""
    if isinstance(node, str):
        return node
    [(function, argument)] = node.items()
    if function == "Fn::Join":
        return argument[0].join(plain(part) for part in argument[1])
    if function == "Fn::FindInMap":
        return "123456789012"
    if function == "Fn::ImportValue":
        return f"<{argument}>"
    return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"
