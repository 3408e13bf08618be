"""The table of columns that `lifecycle init` shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli import column_table, output
from cli.data_survey import Surveyed

NUMBER = Surveyed("x", "number", ("10", "9", "9"), 3)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (NUMBER, ("number", 0, "9 to 10", None)),
        (replace(NUMBER, rows=5), ("number", 2, "9 to 10", "optional")),
        (replace(NUMBER, cells=("9", "9")), ("number", 1, "9", "optional")),
        (replace(NUMBER, name="y", remark="odd"), ("number", 0, "9 to 10", "target")),
        (replace(NUMBER, unfit="no"), ("number", 0, "9 to 10", "left out")),
        (
            replace(NUMBER, cells=("9", "NA", "9"), unfit="no", faulty=True),
            ("number", 0, "9, NA", "left out"),
        ),
        (replace(NUMBER, cells=(), unfit="empty"), (None, 3, None, "left out")),
        (
            Surveyed("x", "date", ("2024-02-01", "2024-01-31"), 2),
            ("date", 0, "2024-01-31 to 2024-02-01", None),
        ),
        (
            Surveyed("x", "category", ("oil", "gas", "oil"), 4, remark="odd"),
            ("category", 1, "oil, gas", "optional, see note"),
        ),
        (
            Surveyed("x", "category", tuple(f"street {n % 30}" for n in range(60)), 60),
            ("category", 0, "30 different", None),
        ),
    ],
)
def test_a_row_says_type_gaps_values_and_what_becomes_of_the_column(
    column: Surveyed, told: tuple[object, ...]
) -> None:
    (row,) = column_table.rows([column], "y")
    assert list(row) == ["column", "type", "gaps", "values", "note"]
    assert tuple(row.values())[1:] == told


def test_the_table_takes_at_most_eighty_characters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output.console, "_file", None)
    monkeypatch.setattr(output.console, "_width", 80)
    columns = [replace(NUMBER, name=f"measure no. {n} " + "of the whole building " * 3) for n in range(60)]
    rows = column_table.rows([*columns, Surveyed("x", "category", ("a" * 90, "b"), 2)], "y")
    output.table(list(rows[0]), rows)
    printed = capsys.readouterr().out
    assert "measure no. 59" in printed
    assert max(map(len, printed.splitlines())) <= 80
