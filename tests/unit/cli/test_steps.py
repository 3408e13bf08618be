"""Steps on a terminal: titles, notes, seconds, and a table of them."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from cli.steps import Steps


def steps() -> tuple[Steps, io.StringIO]:
    written = io.StringIO()
    return Steps(Console(file=written, width=100)), written


def test_a_step_tells_its_title_its_notes_and_its_seconds() -> None:
    shown, written = steps()
    with shown.step("first") as step:
        step.now("[not] markup")
        step.note("a note")
        step.done("a part")
    with shown.step("second"):
        pass
    text = re.sub(r"\d+\.\d s", "N s", written.getvalue())
    order = ["1  first", "a note", "✓ a part", "✓ N s", "2  second"]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)


def test_a_step_that_fails_has_its_seconds_but_no_tick() -> None:
    shown, written = steps()
    with pytest.raises(ValueError, match="broke"), shown.step("first"):
        raise ValueError("broke")
    assert "✓" not in written.getvalue()
    assert [title for title, _ in shown.seconds] == ["first"]


def test_the_table_adds_up() -> None:
    shown, written = steps()
    shown.seconds[:] = [("first", 1.25), ("second", 2.5)]
    shown.console.print(shown.table())
    assert "3.8" in written.getvalue()
