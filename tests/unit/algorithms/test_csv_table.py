"""Reading numeric columns, and what is said of files that are wrong."""

from pathlib import Path

import pytest
from csv_table import CHUNK_ROWS, Column, csv_files, parse_number, read_table

from snapshot_data.logic import is_data

NUMBERS = (Column("a"), Column("b"))


def faults(
    tmp_path: Path, content: str | bytes, columns: tuple[Column, ...] = NUMBERS, **limits: int
) -> list[str]:
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [fault.text("x.csv") for fault in read_table(path, columns, **limits).faults]


def values(tmp_path: Path, column: Column, *cells: str) -> list[float | str | None]:
    path = tmp_path / "x.csv"
    path.write_text("\n".join([column.name + ",z", *(f'"{cell}",' for cell in cells)]))
    table = read_table(path, [column])
    assert table.faults == []
    return table.columns[0]


def test_columns_come_in_the_wanted_order(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('\ufeffb,note,a\r\n1,"x, y",2\r\n\r\n 3 ,z,-4.5e1\r\n')
    table = read_table(path, NUMBERS)
    assert (table.columns, table.faults, table.ignored) == ([[2, -45], [1, 3]], [], ("note",))


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        (Column("x"), ["1", " -2.5 "], [1, -2.5]),
        (Column("x", optional=True), ["1", "", " "], [1, None, None]),
        (Column("x", minimum=0, maximum=2), ["0", "2"], [0, 2]),
        (Column("x", "category"), [" Bern ", "3", "nan"], ["Bern", "3", "nan"]),
        (Column("x", "category", optional=True, values=("a",)), ["a", ""], ["a", None]),
        (Column("x", "boolean"), ["true", "False", "1", "0"], [1, 0, 1, 0]),
        (Column("x", "date"), ["2000-01-01", "2000-03-01", "1999-12-31"], [0, 60, -1]),
        (Column("x", "date", optional=True), ["", "2000-01-02"], [None, 1]),
    ],
)
def test_cells_are_read_by_the_type_of_their_column(
    tmp_path: Path, column: Column, cells: list[str], expected: list[float | str | None]
) -> None:
    assert values(tmp_path, column, *cells) == expected


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (Column("x", minimum=0), "-1", "-1 is below the minimum 0"),
        (Column("x", maximum=2.5), "3", "3 is above the maximum 2.5"),
        (Column("x", optional=True), "nan", "'nan' is no finite number"),
        (Column("x", "category"), " ", "is empty; allowed: text"),
        (Column("x", "category"), "a\0", "'a\\x00' holds a null character"),
        (Column("x", "category", values=("a", "b")), "c", "'c' is none of the values; allowed: a, b"),
        (Column("x", "boolean"), "yes", "'yes' is no boolean; allowed: true, false, 1 or 0"),
        (Column("x", "date"), "20240131", "'20240131' is no date; allowed: a date such as 2024-01-31"),
        (Column("x", "date"), "2023-02-29", "'2023-02-29' is no date; allowed: a date such as 2024-01-31"),
        (Column("x", "date"), "", "is empty; allowed: a date such as 2024-01-31"),
    ],
)
def test_a_cell_that_its_column_does_not_allow(
    tmp_path: Path, column: Column, cell: str, message: str
) -> None:
    assert faults(tmp_path, f"x,z\n{cell},\n", (column,)) == [f"x.csv:2: column 'x': {message}"]


def test_a_column_of_a_feature_object() -> None:
    feature = {"name": "City", "type": "category", "values": ["Bern"], "optional": True}
    assert Column.of(feature) == Column("City", "category", optional=True, values=("Bern",))
    assert Column.of({"name": "Size", "minimum": 1.0}) == Column("Size", minimum=1.0)


def test_a_fault_far_down_is_found_and_the_rows_before_it_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * CHUNK_ROWS + "1,x\n")
    table = read_table(path, NUMBERS)
    assert [fault.text("x") for fault in table.faults] == [
        f"x:{CHUNK_ROWS + 2}: column 'b': 'x' is no number"
    ]
    assert len(table.columns[0]) == CHUNK_ROWS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "x.csv: is empty; allowed: a header and at least one row"),
        ("a,b\n", "x.csv: has a header and no row; allowed: at least one row"),
        ("a,c\n1,2\n", "x.csv:1: column 'b': is missing; the file has: a, c"),
        ("a,B\n1,2\n", "x.csv:1: column 'b': is missing; the file has: a, B"),
        ("a,b,a\n1,2,3\n", "x.csv:1: column 'a': is there 2 times; allowed: once"),
        ("a,b\n1,big\n", "x.csv:2: column 'b': 'big' is no number"),
        ("a,b\n1,\n", "x.csv:2: column 'b': is empty; allowed: a number"),
        ("a,b\n1,nan\n", "x.csv:2: column 'b': 'nan' is no finite number"),
        ("a,b\n1,-Infinity\n", "x.csv:2: column 'b': '-Infinity' is no finite number"),
        ("a,b\n1,1e999\n", "x.csv:2: column 'b': '1e999' is no finite number"),
        ("a,b\n1,1_000\n", "x.csv:2: column 'b': '1_000' is no number"),
        ("a,b\n1,٣\n", "x.csv:2: column 'b': '٣' is no number"),
        ("a,b\n1,2\n1,2,3\n", "x.csv:3: has 3 cells; allowed: 2 as in the header"),
        ('a,b\n"1,2\n', "x.csv: is no UTF-8 CSV: unexpected end of data"),
        (b"a,b\n1,\xff\n", "x.csv: is no UTF-8 CSV: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_fault_names_file_line_and_column(tmp_path: Path, content: str | bytes, expected: str) -> None:
    (fault,) = faults(tmp_path, content)
    assert fault.startswith(expected)


def test_a_quoted_line_break_does_not_shift_later_lines(tmp_path: Path) -> None:
    assert faults(tmp_path, 'a,b,c\n1,2,"x\ny"\n1,z,3\n') == ["x.csv:4: column 'b': 'z' is no number"]


def test_all_bad_cells_are_named_up_to_the_limit(tmp_path: Path) -> None:
    content = "a,b\n" + "x,1\n" * 50
    assert [fault[:8] for fault in faults(tmp_path, content, fault_limit=3)] == [
        "x.csv:2:",
        "x.csv:3:",
        "x.csv:4:",
    ]


def test_rows_beyond_the_limit_are_not_read(tmp_path: Path) -> None:
    assert faults(tmp_path, "a,b\n1,2\nx,y\n", row_limit=1) == []


@pytest.mark.parametrize("name", ["b.CSV", "sub/c.Csv", "notes.csv.txt", "csv", ".csv"])
def test_a_file_is_trained_on_exactly_when_it_counts_to_the_version(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("a\n1\n")
    assert (csv_files(tmp_path) == (file,)) is is_data(name)


def test_a_folder_gives_its_csv_files_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("b.csv", "a.txt", "sub/c.csv", "a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert csv_files(tmp_path) == (tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "sub/c.csv")


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), (" -2.5 ", -2.5), ("+1e3", 1000.0)])
def test_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number
