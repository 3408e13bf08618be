"""Files of numbers alone are read as csv_table reads them, and no others are."""

import random
import struct
from pathlib import Path

import pytest
from channel import read_data
from csv_table import Column, read_table
from number_table import read_numbers

A, B = Column("a"), Column("b")


def written(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_numbers_are_the_same_to_the_last_bit(tmp_path: Path) -> None:
    draw = random.Random(0)
    cells = [repr(struct.unpack("d", draw.randbytes(8))[0]) for _ in range(4000)]
    cells = [cell for cell in cells if "n" not in cell][:3000]
    cells += [f"{draw.uniform(-10, 10):.{digits}f}" for digits in range(20) for _ in range(50)]
    lines = [f"{first},{second}" for first, second in zip(cells[::2], cells[1::2], strict=True)]
    path = written(tmp_path, "\n".join(["a,b", *lines]))
    table, expected = read_numbers(path, (A, B)), read_table(path, (A, B))
    assert table is not None
    assert [column.tolist() for column in table.columns] == expected.columns


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n\r\n3,4",
        "\ufeffa,b\n1,2\n\n+3,4e0",
        '"a",b\n1,2\n3,4.',
        "b,more,a\n2,9,1\n4,9,3",
    ],
)
def test_lines_and_headers_of_all_kinds(tmp_path: Path, content: str) -> None:
    table = read_numbers(written(tmp_path, content), (A, B))
    assert table is not None
    assert [column.tolist() for column in table.columns] == [[1, 3], [2, 4]]
    assert table.ignored == (("more",) if "more" in content else ())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b",
        b"a,b\n",
        b"a,c\n1,2",
        b"a,a,b\n1,2,3",
        b"\xff,a,b\n1,2,3",
        b'"a,b\n1,2',
        b"a,b\n1,\n3,4",
        b"a,b\n1, \n3,4",
        b"a,b\n1,2\n3,",
        b"a,b\n,1\n2,3",
        b"a,b\n1,-\n2,3",
        b"a,b\n1,+\n2,3",
        b"a,b\n1,e\n2,3",
        b"a,b\n1\n2,3,4",
        b"a,b\n1,2,\n3,4,",
        b"a,b,more\n1,2,3\n4,5",
        b"a,b\n \n1,2",
        b"a,b\n1,2 3",
        b"a,b\n1,2e",
        b"a,b\n1,e2",
        b"a,b\n1,--2",
        b"a,b\n1,2-3",
        b"a,b\n1,.",
        b"a,b\n1,1e999",
        b"a,b\n1,inf",
        b"a,b\n1,nan",
        b"a,b\n1,0x1",
        b"a,b\n1,1_0",
        b'a,b\n1,"2"',
        b"a,b\n1,2\r3,4",
        "a,b\n1,٢".encode(),
    ],
)
def test_what_it_is_not_sure_of_is_left_to_csv_table(tmp_path: Path, content: bytes) -> None:
    assert read_numbers(written(tmp_path, content), (A, B)) is None


def test_other_columns_and_bounds_are_left_to_csv_table(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n0,4")
    for other in (Column("b", "category"), Column("b", minimum=3), Column("b", maximum=3)):
        assert read_numbers(path, (A, other)) is None
    assert read_numbers(path, (A, Column("b", minimum=2, maximum=4))) is not None


def test_files_of_both_kinds_are_one_table(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n1,2\n3,4", "1.csv")
    written(tmp_path, "b,a\n6,\n8,7", "2.csv")
    optional = Column("a", optional=True)
    data = read_data(tmp_path, (optional,), B)
    assert (list(data.columns[0]), data.targets.tolist()) == ([1, 3, None, 7], [2, 4, 6, 8])
    assert list(data.columns_of([0, 2])[0]) == [1, None]
