"""What is told of the columns of a CSV file: identifiers, odd cells and their lines, odd files."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cli.data_survey import Survey, Surveyed, survey

ROWS = 24


@pytest.fixture
def surveyed(tmp_path: Path) -> Callable[..., Surveyed]:
    """The column of these cells beside a target, in a file whose data begins in line 2."""

    def of(cells: Sequence[object], name: str = "x") -> Surveyed:
        lines = [f"{name},y", *(f'"{cell}",{row}.5' for row, cell in enumerate(cells))]
        return written(tmp_path, "\n".join(lines).encode()).column(name)

    return of


def written(folder: Path, content: bytes) -> Survey:
    file = folder / "f.csv"
    file.write_bytes(content)
    return survey(file, "y")


SHUFFLED = random.Random(1).sample(range(100, 100 + ROWS), ROWS)


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("customer", range(ROWS), "counts the rows"),
        ("customer", range(ROWS, 0, -1), "counts the rows"),
        (
            "customer",
            [n * n for n in range(ROWS)],
            "whole numbers in order, each in one row, as an identifier has",
        ),
        (
            "customer",
            [-n * n for n in range(ROWS)],
            "whole numbers in order, each in one row, as an identifier has",
        ),
        ("customer", SHUFFLED, "evenly spaced whole numbers, each in one row, as an identifier has"),
        ("house_id", [7, 3, 12], "a whole number of its own in every row, and the name of an identifier"),
        ("PassengerId", [7, 3, 12], "a whole number of its own in every row, and the name of an identifier"),
    ],
)
def test_whole_numbers_that_may_number_the_rows_are_left_out(
    surveyed: Callable[..., Surveyed], name: str, cells: Sequence[int], reason: str
) -> None:
    column = surveyed(cells, name)
    assert (column.kind, column.unfit, column.numbering) == ("number", reason, True)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("area", [n * n for n in range(19)]),
        ("area", [n * n for n in range(ROWS)] + [0]),
        ("area", [n * 7 % 101 for n in range(ROWS)]),
        ("area", [f"{n}.5" for n in range(ROWS)]),
        ("area", ["", *range(ROWS)]),
        ("shop_id", [1, 2, 2, 1]),
        ("paid", [7, 3, 12]),
    ],
)
def test_other_whole_numbers_are_a_feature(
    surveyed: Callable[..., Surveyed], name: str, cells: Sequence[object]
) -> None:
    column = surveyed(cells, name)
    assert (column.kind, column.unfit, column.numbering) == ("number", "", False)


@pytest.mark.parametrize(
    ("cells", "unfit"),
    [
        (
            ["1.5", "NA", "2.5", "-"],
            "numbers, but 'NA' and the like in 2 rows, first at {}:3: leave such cells empty",
        ),
        (
            ["1.5", "2,5"] * 5,
            "numbers, but '2,5' in 5 rows, first at {}:3: write a decimal point and no sign else, "
            "as in 1234.5",
        ),
        (
            ["1.3.2024", "2.3.2024"],
            "dates, but '1.3.2024' and the like in 2 rows, first at {}:2: write dates as 2024-01-31",
        ),
        (
            [*(f"{n}.5" for n in range(20)), "x"],
            "numbers, but 'x' in 1 row, first at {}:22: mend or empty such cells",
        ),
        (
            ["1.5", "NA", "2,5", "3.5"],
            "numbers, but 'NA' in 1 row, first at {0}:3: leave such cells empty; "
            "'2,5' in 1 row, first at {0}:4: write a decimal point and no sign else, as in 1234.5",
        ),
    ],
)
def test_cells_that_training_would_refuse_are_told_with_the_first_line(
    surveyed: Callable[..., Surveyed], tmp_path: Path, cells: list[str], unfit: str
) -> None:
    column = surveyed(cells)
    assert column.unfit == unfit.format(tmp_path / "f.csv")
    assert column.faulty


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (
            ["oil", "NA", "gas", "oil"],
            "'NA' in 1 row, first at {}:3: a category of its own; empty these cells if it means a gap",
        ),
        (
            ["1", "2"] * 4 + ["5+"],
            "'5+' in 1 row, first at {}:10: all others are numbers or dates: taken for categories",
        ),
    ],
)
def test_odd_categories_are_a_feature_with_a_remark(
    surveyed: Callable[..., Surveyed], tmp_path: Path, cells: list[str], remark: str
) -> None:
    column = surveyed(cells)
    assert (column.kind, column.unfit, column.remark) == ("category", "", remark.format(tmp_path / "f.csv"))


def test_a_column_that_is_left_out_has_no_remark_beside(surveyed: Callable[..., Surveyed]) -> None:
    column = surveyed(["NA", "NA", "NA"])
    assert (column.unfit, column.remark) == ("'NA' in every row, so it tells nothing", "")


@pytest.mark.parametrize(
    ("cells", "unfit"),
    [
        (["7", "", "7"], "'7' in every row that is not empty, so it tells nothing"),
        (["2024-01-31", "", ""], "'2024-01-31' in every row that is not empty, so it tells nothing"),
        (["yes", "", "yes"], ""),
        (["yes", "yes", "yes"], "'yes' in every row, so it tells nothing"),
    ],
)
def test_one_value_and_gaps_tell_something_only_as_a_category(
    surveyed: Callable[..., Surveyed], cells: list[str], unfit: str
) -> None:
    assert surveyed(cells).unfit == unfit


def test_a_byte_order_mark_carriage_returns_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    content = 'Größe,Ort am See,y\r\n1.5,"Bern\r\nWest",1\r\nNA,Biel,2\r\n2.5,"Bern\r\nWest",3\r\n'
    data = written(tmp_path, b"\xef\xbb\xbf" + content.encode())
    assert [column.name for column in data.columns] == ["Größe", "Ort am See", "y"]
    assert data.rows == 3
    assert "first at " + str(tmp_path / "f.csv:4") in data.column("Größe").unfit
    assert data.column("Ort am See").cells[0] == "Bern\r\nWest"


@pytest.mark.parametrize("name", [" x", "x ", "x\nz", "n" * 101])
def test_a_name_that_no_feature_can_have_is_left_out(tmp_path: Path, name: str) -> None:
    data = written(tmp_path, f'"{name}",y\n1.5,1\n0.5,2\n1.1,3\n'.encode())
    assert data.column(name).unfit == (
        "a feature's name has at most 100 characters, no line break, no white space around it"
    )


def test_a_blank_line_is_no_row_but_a_line(tmp_path: Path) -> None:
    data = written(tmp_path, b"x,y\n1.5,1\n\nNA,2\n")
    assert (data.rows, data.column("x").gaps) == (2, 0)
    assert "first at " + str(tmp_path / "f.csv:4") in data.column("x").unfit


def test_categories_that_differ_in_case_only_are_told(
    surveyed: Callable[..., Surveyed], tmp_path: Path
) -> None:
    remark = "'{}' and '{}' differ in case only, and are categories of their own"
    assert surveyed(["Oil", "gas", "oil", "Oil"]).remark == remark.format("Oil", "oil")
    assert surveyed(["oil", "gas", "oil"]).remark == ""
    assert surveyed(["true", "True", "false"]).remark == ""
    target = written(tmp_path, b"x,y\n1.5,true\n2.5,True\n1.5,false\n").column("y")
    assert (target.kind, target.remark) == ("boolean", remark.format("true", "True"))


def test_columns_without_a_name_are_counted(tmp_path: Path) -> None:
    data = written(tmp_path, b",x, ,y\n0,1.5,,1\n1,2.5,,2\n")
    assert ([column.name for column in data.columns], data.nameless) == (["x", "y"], 2)
