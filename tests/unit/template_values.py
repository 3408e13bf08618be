"""What a template comes to under given parameters: enough of CloudFormation for our tests."""

from collections.abc import Mapping
from typing import Any

_NOTHING = object()


def live_resources(template: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
    """Resources whose condition holds, by logical id, with conditions, parameters and mappings resolved.

    References to resources stay as they are. A parameter that is not given has its default.
    """
    values = _Values(template, parameters)
    return {
        logical_id: values.resolve(resource)
        for logical_id, resource in template["Resources"].items()
        if "Condition" not in resource or values.holds(resource["Condition"])
    }


def live_outputs(template: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
    """Values of the outputs whose condition holds."""
    values = _Values(template, parameters)
    return {
        name: values.resolve(output["Value"])
        for name, output in template["Outputs"].items()
        if "Condition" not in output or values.holds(output["Condition"])
    }


def of_type(resources: Mapping[str, Any], resource_type: str) -> list[dict[str, Any]]:
    """Properties of every resource of the type."""
    return [
        resource.get("Properties", {}) for resource in resources.values() if resource["Type"] == resource_type
    ]


def only(resources: Mapping[str, Any], resource_type: str) -> dict[str, Any]:
    """Properties of the one resource of the type."""
    [properties] = of_type(resources, resource_type)
    return properties


class _Values:
    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._template = template
        defaults = {name: it.get("Default") for name, it in template.get("Parameters", {}).items()}
        unknown = set(parameters) - set(defaults)
        assert not unknown, f"the template has no parameter {unknown}"
        self._parameters = {name: str(value) for name, value in {**defaults, **parameters}.items()}

    def holds(self, condition: str) -> bool:
        return self._evaluate(self._template["Conditions"][condition])

    def _evaluate(self, expression: Any) -> bool:
        [(function, argument)] = expression.items()
        if function == "Condition":
            return self.holds(argument)
        if function == "Fn::Equals":
            left, right = (self.resolve(side) for side in argument)
            return str(left) == str(right)
        parts = [self._evaluate(part) for part in argument]
        return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[function]

    def resolve(self, value: Any) -> Any:
        resolved = self._resolve(value)
        assert resolved is not _NOTHING
        return resolved

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return _NOTHING if value["Ref"] == "AWS::NoValue" else self._parameters.get(value["Ref"], value)
        if set(value) == {"Fn::If"}:
            condition, then, otherwise = value["Fn::If"]
            return self._resolve(then if self.holds(condition) else otherwise)
        if set(value) == {"Fn::FindInMap"}:
            name, *keys = (self._resolve(part) for part in value["Fn::FindInMap"])
            return self._template["Mappings"][name][keys[0]][keys[1]]
        if set(value) == {"Fn::Split"}:
            separator, text = value["Fn::Split"]
            return self._resolve(text).split(separator)
        if set(value) == {"Fn::Select"}:
            index, chosen = value["Fn::Select"]
            return self._resolve(chosen)[int(index)]
        items = ((key, self._resolve(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not _NOTHING}
