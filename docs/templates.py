"""What the synthesized templates say of resources, and of references between stacks.

Read from tests/snapshot/templates, which a test keeps equal to what the app synthesizes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = ROOT / "tests" / "snapshot" / "templates"

ENDPOINT = "endpoint"
"""Stands for every endpoint stack: there is one a model, all alike."""

FILL = {
    "foundation": "#eef4fb",
    "training": "#f3f8ee",
    "inference": "#fdf5ea",
    ENDPOINT: "#fdeeee",
    "observability": "#f4f0fa",
}
"""The stacks that there are, and the colour of each in every picture."""

# What other stacks know by its literal name.
NAMED = {"AWS::CloudWatch::Alarm": "AlarmName", "AWS::SageMaker::Endpoint": "EndpointName"}

Template = Mapping[str, Any]
Reference = tuple[str, str]

_HASH = re.compile(r"[0-9A-F]{8}$")


def load(folder: Path = SNAPSHOTS) -> dict[str, Template]:
    """Templates by stack; of the endpoint stacks the first, under the name `endpoint`.

    Raises FileNotFoundError when the folder holds none.
    """
    found: dict[str, Template] = {}
    for path in sorted(folder.glob("*.json")):
        name = ENDPOINT if path.stem.startswith("endpoint-") else path.stem
        found.setdefault(name, json.loads(path.read_text(encoding="utf-8")))
    if not found:
        raise FileNotFoundError(f"{folder}: no template in it: `make snapshots` writes them")
    return found


def kinds(template: Template) -> list[str]:
    """What kinds of resources it declares, each once, as `S3 Bucket`, sorted."""
    return sorted({_kind(resource["Type"]) for resource in template["Resources"].values()})


def imports(templates: Mapping[str, Template]) -> dict[Reference, list[str]]:
    """By (consumer, producer): what is imported through exports, by construct names, sorted."""
    exported = {
        json.dumps(output["Export"]["Name"]): (stack, _referred(output["Value"]))
        for stack, template in templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    found: dict[Reference, set[str]] = {}
    for stack, template in templates.items():
        for value in _values(template):
            if isinstance(value, dict) and "Fn::ImportValue" in value:
                producer, what = exported[json.dumps(value["Fn::ImportValue"])]
                found.setdefault((stack, producer), set()).add(what)
    return {edge: sorted(names) for edge, names in sorted(found.items())}


def named(templates: Mapping[str, Template]) -> dict[Reference, list[str]]:
    """By (consumer, producer): kinds of resources that the consumer knows by their literal names, sorted."""
    found: dict[Reference, set[str]] = {}
    for producer, template in templates.items():
        for resource in template["Resources"].values():
            name = resource.get("Properties", {}).get(NAMED.get(resource["Type"], ""))
            if not isinstance(name, str):
                continue
            # Not as a part of a longer name.
            whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
            for consumer, other in templates.items():
                if consumer != producer and whole.search(json.dumps(other)):
                    found.setdefault((consumer, producer), set()).add(_kind(resource["Type"]))
    return {edge: sorted(what) for edge, what in sorted(found.items())}


def declares(template: Template, resource_type: str, logical_id: str) -> bool:
    """Whether it has a resource of this type whose logical id matches the regular expression."""
    return any(
        resource["Type"] == resource_type and re.match(logical_id, name)
        for name, resource in template["Resources"].items()
    )


def says(template: Template, what: str) -> bool:
    """Whether the text stands in it."""
    return what in json.dumps(template)


def _kind(resource_type: str) -> str:
    service, _, name = resource_type.removeprefix("AWS::").partition("::")
    return f"{service} {name}"


def _referred(value: Any) -> str:
    """The construct's name behind a `Ref` or `Fn::GetAtt`: the logical id without its hash."""
    [target] = value.values()
    return _HASH.sub("", target if isinstance(target, str) else target[0])


def _values(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for child in inner:
        yield from _values(child)
