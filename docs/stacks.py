"""The picture of the stacks: what each declares, and what each takes of the others."""

from collections.abc import Mapping
from dataclasses import replace

from docs import templates
from docs.svg import LINE_HEIGHT, PADDING, Arrow, Box, picture, text, wrapped
from docs.templates import ENDPOINT, Reference, Template

WIDTH = 1180
_WIDE, _GAP = 1080, 84
_ROW = {"training": (40, 250), "inference": (330, 350), ENDPOINT: (830, 290)}
_TITLE = {ENDPOINT: "lifecycle-<env>-endpoint-<model>"}

_NOTE = (
    "There is one endpoint stack a model. An arrow goes from the stack that refers to the one referred to: "
    "solid by export, dashed by name."
)

_CHARACTER = 6.6
"""Pixels of a character, on average; text is wrapped by it."""


def draw(found: Mapping[str, Template]) -> str:
    """The SVG. Raises ValueError when there is a stack, or an edge, that the picture has no place for."""
    unknown = set(found) ^ set(templates.FILL)
    if unknown:
        raise ValueError(f"stacks.svg has no place for the stacks: {', '.join(sorted(unknown))}")
    boxes = _boxes(found)
    height = boxes["foundation"].y + boxes["foundation"].height + 40
    arrows = [
        *(_arrow(edge, boxes, what, dashed=False) for edge, what in templates.imports(found).items()),
        *(_arrow(edge, boxes, what, dashed=True) for edge, what in templates.named(found).items()),
    ]
    note = text((40, height - 12), _NOTE)
    return picture(WIDTH, height, "The stacks and their references", [*boxes.values(), *arrows], note)


def _boxes(found: Mapping[str, Template]) -> dict[str, Box]:
    top = _box("observability", found, x=40, y=20, width=_WIDE)
    row_y = top.y + top.height + _GAP
    row = {name: _box(name, found, x=x, y=row_y, width=width) for name, (x, width) in _ROW.items()}
    tallest = max(box.height for box in row.values())
    row = {name: replace(box, height=tallest) for name, box in row.items()}
    bottom = _box("foundation", found, x=40, y=row_y + tallest + _GAP, width=_WIDE)
    return {"observability": top, **row, "foundation": bottom}


def _box(name: str, found: Mapping[str, Template], *, x: int, y: int, width: int) -> Box:
    lines = wrapped(templates.kinds(found[name]), int((width - 2 * PADDING) / _CHARACTER))
    height = 2 * PADDING + (len(lines) + 1) * LINE_HEIGHT
    title = _TITLE.get(name, f"lifecycle-<env>-{name}")
    return Box(x=x, y=y, width=width, height=height, title=title, lines=lines, fill=templates.FILL[name])


def _arrow(edge: Reference, boxes: Mapping[str, Box], what: list[str], *, dashed: bool) -> Arrow:
    consumer, producer = (boxes[name] for name in edge)
    if edge == ("observability", "foundation"):
        x = consumer.x + consumer.width
        down = producer.y + producer.height // 2
        points = [(x, consumer.y + 30), (x + 40, consumer.y + 30), (x + 40, down), (x, down)]
        return Arrow(points=points, label=what, at=(x + 12, down - 12), dashed=dashed)
    if consumer.y == producer.y:
        return _sideways(consumer, producer, what, dashed=dashed)
    if consumer.y > producer.y:
        raise ValueError(f"stacks.svg has no place for an arrow upwards, from {edge[0]} to {edge[1]}")
    # Beside each other where two stacks are bound both ways.
    inner = max((consumer, producer), key=lambda box: box.x)
    narrow = min((consumer, producer), key=lambda box: box.width)
    x = (narrow if narrow.width != _WIDE else inner).x + (60 if dashed else 40)
    start = consumer.y + consumer.height
    label = wrapped(what, 30)
    return Arrow(points=[(x, start), (x, producer.y)], label=label, at=(x + 10, start + 28), dashed=dashed)


def _sideways(consumer: Box, producer: Box, what: list[str], *, dashed: bool) -> Arrow:
    y = consumer.y + (110 if dashed else 50)
    left, right = sorted((consumer, producer), key=lambda box: box.x)
    ends = [(left.x + left.width, y), (right.x, y)]
    points = ends if consumer is left else ends[::-1]
    return Arrow(points=points, label=wrapped(what, 22), at=(ends[0][0] + 12, y - 8), dashed=dashed)
