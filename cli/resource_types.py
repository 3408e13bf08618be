"""How true each resource type is on the embedded AWS: real, stub or ignored."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.session import CommandError, Session
from cli.teardown import environment_stacks

_COLOURS = {"real": "green", "stub": "yellow", "ignored": "red"}


def all_types() -> list[dict[str, Any]]:
    """Every type that the emulator knows: type, fidelity, note. Raises CommandError on AWS."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        raise CommandError("only the embedded AWS has such a table: AWS_ENDPOINT_URL is not set")
    with urllib.request.urlopen(f"{endpoint}/_emulator/resource-types", timeout=10) as response:
        return json.load(response)


def used(session: Session) -> list[dict[str, Any]]:
    """The types that the environment's stacks hold, each with the number of its resources."""
    counts: dict[str, int] = {}
    paginator = session.client("cloudformation").get_paginator("list_stack_resources")
    for stack in environment_stacks(session):
        for page in paginator.paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                kind = str(resource["ResourceType"])
                counts[kind] = counts.get(kind, 0) + 1
    known = {entry["type"]: entry for entry in all_types()}
    custom = known.get("AWS::CloudFormation::CustomResource", {"fidelity": "real", "note": ""})
    return [
        {**(known.get(kind) or {**custom, "type": kind}), "type": kind, "count": count}
        for kind, count in sorted(counts.items())
    ]


def show(console: Console, entries: list[dict[str, Any]]) -> None:
    """Print them as a table."""
    table = Table(title="resource types on the embedded AWS", title_justify="left")
    table.add_column("type", no_wrap=True)
    for heading in ("how many", "is", "leaves out"):
        table.add_column(heading)
    for entry in entries:
        colour = _COLOURS[entry["fidelity"]]
        table.add_row(
            entry["type"], str(entry.get("count", "")), f"[{colour}]{entry['fidelity']}[/]", entry["note"]
        )
    console.print(table)
