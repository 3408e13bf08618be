"""The ledger as HTML, and what the widget says where it cannot show one. Pure.

Reasons and names come from whoever asked for a release, so every text is escaped. CloudWatch takes scripts
out, but not its own `<cwdb-action>`, which would call a function with the viewer's rights:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html
Colours are left to CloudWatch, which styles tables for its light and its dark theme.
"""

from collections.abc import Mapping, Sequence
from html import escape

from handler_common import ledger
from handler_common.ledger import Entry

# CloudWatch shows it for `Get documentation`, and fills a new widget's parameters in from its first YAML:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
DOCUMENTATION = """\
## Ledger of releases

What is live of a model, since when, by whom, and what was before it: as `lifecycle releases MODEL` has it.

### Widget parameters

Param | Description
---|---
**model** | Name of a model of this environment

### Example parameters

``` yaml
model: house-prices
```
"""

# Columns of one form, which no line should be broken in; the others hold what people wrote, or ARNs.
_FIXED = ("version", "since", "replaced", "ended")


def page(model: str, entries: Sequence[Entry], parked: str | None) -> str:
    """How the model stands, and its releases below, newest first."""
    told = f"<p><strong>{escape(ledger.standing(model, entries, parked))}</strong></p>"
    return told + (_table(model, entries) if entries else "")


def unknown(model: object, models: Sequence[str]) -> str:
    """For a widget whose parameter `model` is none of the environment's."""
    asked = f"no model is named {model!r}" if model else "the widget has no parameter model"
    return f"<p>{escape(asked)}; there are: {escape(', '.join(models))}</p>"


def unreadable(model: str) -> str:
    """For a ledger that could not be read, whatever the reason."""
    return f"<p>The ledger of {escape(model)} could not be read: the reason is in this function's log</p>"


def _table(model: str, entries: Sequence[Entry]) -> str:
    head = "".join(_heading(column) for column in ledger.COLUMNS)
    body = "".join(_row(cells) for cells in reversed(ledger.rows(entries)))
    return (
        '<table style="width: 100%">'
        f'<caption style="text-align: left">Releases of {escape(model)}, newest first, times in UTC</caption>'
        f'<thead><tr style="white-space: nowrap">{head}</tr></thead>'
        f'<tbody style="overflow-wrap: anywhere">{body}</tbody></table>'
    )


def _heading(column: str) -> str:
    style = "" if column in _FIXED else ' style="min-width: 9em"'
    return f'<th scope="col"{style}>{column}</th>'


def _row(cells: Mapping[str, str]) -> str:
    return f"<tr>{''.join(_cell(column, text) for column, text in cells.items())}</tr>"


def _cell(column: str, text: str) -> str:
    style = ' style="white-space: nowrap"' if column in _FIXED else ""
    return f"<td{style}>{escape(text)}</td>"
