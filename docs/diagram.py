"""`make diagram`: docs/stacks.svg and docs/line.svg, drawn from the templates.

An arrow between stacks is a reference that stands in a template. A box of the line names the resource behind
it, an arrow the text in a template that proves it; when one is gone, the command fails and names it.
"""

import sys
from collections.abc import Mapping

from docs import line, stacks, templates
from docs.templates import ROOT, Template

FOLDER = ROOT / "docs"


def pictures(found: Mapping[str, Template]) -> dict[str, str]:
    """The SVG files by name. Raises ValueError for a box or an arrow that the templates do not bear out."""
    return {"line.svg": line.draw(found), "stacks.svg": stacks.draw(found)}


def main() -> int:
    """Write the pictures; 1 with the reason when one is no longer true."""
    try:
        drawn = pictures(templates.load())
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, svg in drawn.items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
