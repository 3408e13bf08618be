"""Progress on a terminal: a step at a time, its seconds, and a table of them at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


def terminal() -> Console:
    """The console of a long command: as wide as its terminal, 120 characters where there is none."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else 120)


@dataclass
class Steps:
    """Prints steps as they happen; on a terminal a moving line says what goes on now."""

    console: Console
    seconds: list[tuple[str, float]] = field(default_factory=lambda: list[tuple[str, float]]())

    @contextmanager
    def step(self, title: str) -> Generator[Step]:
        """One step; its time counts also when it fails."""
        self.console.print(f"[bold cyan]▸ {len(self.seconds) + 1:>2}  {title}[/]")
        began = time.monotonic()
        with self.console.status("", spinner="dots") as status:
            try:
                yield Step(self.console, lambda text: status.update(f"[dim]{text}[/]"))
            finally:
                self.seconds.append((title, time.monotonic() - began))
        self.console.print(f"      [green]✓[/] [dim]{self.seconds[-1][1]:.1f} s[/]")

    def table(self) -> Table:
        """Every step's seconds, and their sum."""
        table = Table(title="seconds a step", title_justify="left", show_footer=True)
        table.add_column("step", footer="all")
        table.add_column("s", justify="right", footer=f"{sum(s for _, s in self.seconds):.1f}")
        for title, seconds in self.seconds:
            table.add_row(title, f"{seconds:.1f}")
        return table


@dataclass(frozen=True)
class Step:
    """What goes on in one step."""

    console: Console
    _now: Callable[[str], None]

    def now(self, text: str) -> None:
        """What is being done this moment; replaced by the next."""
        self._now(text.replace("[", r"\[")[:150])

    def done(self, what: str) -> None:
        """A part of the step that is finished: a line that stays."""
        self.note(f"[green]✓[/] {what}")

    def note(self, text: str) -> None:
        """A line that stays."""
        self.console.print(f"      {text}", highlight=False)
