"""Boxes and arrows as SVG text, the same bytes for the same picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LINE_HEIGHT = 17
PADDING = 12

_STYLE = (
    "text{font-family:ui-sans-serif,system-ui,sans-serif;font-size:12px;fill:#1f2328}"
    ".title{font-weight:600;font-size:13px}"
    ".label{fill:#57606a;font-size:11px}"
    ".box{stroke:#57606a;stroke-width:1}"
    ".arrow{stroke:#57606a;stroke-width:1.4;fill:none}"
    ".dashed{stroke-dasharray:5 4}"
)
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>'
)

Point = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle with a bold title and lines of text below it; pixels, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: Sequence[str] = ()
    fill: str = "#ffffff"

    def svg(self) -> str:
        """The rectangle and its texts."""
        left, top = self.x + PADDING, self.y + PADDING + 10
        lines = [
            text((left, top + (number + 1) * LINE_HEIGHT), line) for number, line in enumerate(self.lines)
        ]
        rectangle = (
            f'<rect class="box" x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" '
            f'rx="6" fill="{self.fill}"/>'
        )
        return "\n".join([rectangle, text((left, top), self.title, kind="title"), *lines])


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """A line through `points` with a head at its end; `label` is written from `at` downwards."""

    points: Sequence[Point]
    label: Sequence[str] = ()
    at: Point = (0, 0)
    dashed: bool = False

    def svg(self) -> str:
        """The line and its label."""
        kind = "arrow dashed" if self.dashed else "arrow"
        path = " ".join(f"{x},{y}" for x, y in self.points)
        x, y = self.at
        labels = [
            text((x, y + number * (LINE_HEIGHT - 3)), line, kind="label")
            for number, line in enumerate(self.label)
        ]
        line = f'<polyline class="{kind}" points="{path}" marker-end="url(#head)"/>'
        return "\n".join([line, *labels])


def text(at: Point, content: str, *, kind: str = "") -> str:
    """One line of text whose baseline begins at `at`."""
    css = f' class="{kind}"' if kind else ""
    return f'<text{css} x="{at[0]}" y="{at[1]}">{escape(content)}</text>'


def picture(width: int, height: int, title: str, parts: Sequence[Box | Arrow], *more: str) -> str:
    """The whole file, parts in the order given, then `more` SVG. `title` is for screen readers."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            _HEAD,
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *(part.svg() for part in parts),
            *more,
            "</svg>",
            "",
        ]
    )


def wrapped(words: Sequence[str], width: int) -> list[str]:
    """The words with commas between them, in lines of at most `width` characters where words allow it."""
    lines: list[str] = []
    for number, word in enumerate(words):
        piece = word if number == len(words) - 1 else f"{word},"
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines
