"""Reading numeric columns, and what is said of files that are wrong."""

from pathlib import Path

import pytest
from csv_table import csv_files, parse_number, read_table


def faults(
    tmp_path: Path, content: str | bytes, columns: tuple[str, ...] = ("a", "b"), **limits: int
) -> list[str]:
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [fault.text("x.csv") for fault in read_table(path, columns, **limits).faults]


def test_columns_come_in_the_wanted_order(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('\ufeffb,note,a\r\n1,"x, y",2\r\n\r\n 3 ,z,-4.5e1\r\n')
    table = read_table(path, ("a", "b"))
    assert (table.rows, table.faults) == ([[2, 1], [-45, 3]], [])


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


def test_a_folder_gives_its_csv_files_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("b.csv", "a.txt", "sub/c.csv", "a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert csv_files(tmp_path) == (tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "sub/c.csv")


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), (" -2.5 ", -2.5), ("+1e3", 1000.0)])
def test_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number
