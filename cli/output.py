"""What the verbs print: lines for people, or with --json one document for programs, never both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.stacks_watch import StackEvent

console = Console(soft_wrap=True)

_PACKAGE_ARN = re.compile(r"arn:[\w-]+:sagemaker:[\w-]+:\d+:model-package/[\w-]+/(\d+)")


def document(content: Any) -> None:
    """The one document of --json."""
    print(json.dumps(content, indent=2, default=str))


def in_words(text: str) -> str:
    """The text with the ARNs of model packages as their versions: v3."""
    return _PACKAGE_ARN.sub(r"v\1", text)


def line(text: str) -> None:
    """A line as it is: square brackets are no colours."""
    console.print(escape(text), highlight=False)


def table(headings: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows' values in the order of their keys; `-` where there is none."""
    # No lines between the columns: eighty characters are few.
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(_cell(value)) for value in row.values()))
    console.print(drawn)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def event_teller(quiet: bool) -> Callable[[StackEvent], None]:
    """Tells each event of a stack as it comes, or nothing when quiet."""

    def tell(event: StackEvent) -> None:
        if not quiet:
            told = escape(f"{event.logical_id} {event.reason}")
            console.print(f"[dim]{event.status:<36}[/] {told}", highlight=False)

    return tell
