"""Plain decimals of many rows at a time: read exactly as a decoder does, or not at all."""

import csv
import io
import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import plain_numbers
import pytest
from csv_table import Column
from instances import BadInputError, Reader
from plain_numbers import from_csv, from_json

# The digits of 2^53, the last whole number before the first that no float holds.
LARGEST = "900.7199254740992"
PLAIN = ["0", "-0", "7", "-7", "10", "0.5", "-0.5", "4.8598", "-12.25", "0.1", "2.675", "0.000", "1.10"]
PLAIN += ["999999999999999", "-0.123456789012345", "0.0000000000000000000001", LARGEST, f"-{LARGEST}"]
# More than one division would be exact for.
LONG = [
    f"{sign}{digits}" for sign in ("", "-") for digits in ("900.7199254740993", "9" * 15 + "." + "9" * 15)
]
LONG += [
    "0.00000000000000000000001",
    "0.12345678901234567",
    "-12345.678901234567",
    "9" * 300,
    f"-{'9' * 300}",
]
# JSON that is left to the decoder, and what is none.
LEFT = ["1e5", "1E-5", "true", '"1"', "9" * 309, f"-{'9' * 309}"]
BAD = [
    "",
    "-",
    ".",
    "1.",
    ".5",
    "-.5",
    "+1",
    "007",
    "-00.5",
    "1-2",
    "--1",
    "1..2",
    "1.2.3",
    "1/2",
    "1 2",
    "0x1",
]


def body_of(rows: list[list[str]], comma: str = ", ") -> bytes:
    lists = comma.join(f"[{comma.join(row)}]" for row in rows)
    return f'{{"instances": [{lists}]}}'.encode()


def lines_of(rows: list[list[str]], end: str = "\n") -> bytes:
    return "".join(",".join(row) + end for row in rows).encode()


def drawn(draw: random.Random, texts: list[str], rows: int, columns: int) -> list[list[str]]:
    return [[draw.choice(texts) for _ in range(columns)] for _ in range(rows)]


def number_of(digits: int, places: int) -> str:
    whole, fraction = divmod(digits, 10**places)
    return f"{whole}.{fraction:0{places}}" if places else str(whole)


def spoilt(draw: random.Random, body: bytes, texts: list[str]) -> bytes:
    """With up to two pieces of it, of up to two bytes each, replaced by others."""
    changed = bytearray(body)
    for _ in range(draw.randint(0, 2)):
        place = draw.randint(0, len(changed))
        piece = draw.choice([*PLAIN, *LONG, *BAD, ",", *texts])
        changed[place : place + draw.randint(0, 2)] = piece.encode()
    return bytes(changed)


def decoded(body: bytes) -> list[list[float]]:
    return [[float(number) for number in row] for row in json.loads(body)["instances"]]


@pytest.mark.parametrize("comma", [", ", ","])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (9, 1), (40, 7)])
def test_plain_numbers_of_json_are_those_of_the_decoder(comma: str, rows: int, columns: int) -> None:
    body = body_of(drawn(random.Random(rows), PLAIN + LONG, rows, columns), comma)
    matrix = from_json(body, columns)
    assert matrix is not None
    assert matrix.tolist() == decoded(body)


@pytest.mark.parametrize("begin", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (9, 1), (40, 7)])
def test_plain_numbers_of_csv_are_those_of_float(begin: str, end: str, rows: int, columns: int) -> None:
    table = drawn(random.Random(rows), PLAIN + LONG, rows, columns)
    body = begin.encode() + lines_of(table, end)
    for text in (body, body.removesuffix(end.encode())):
        matrix = from_csv(text, columns)
        assert matrix is not None
        assert matrix.tolist() == [[float(number) for number in row] for row in table]


def test_numbers_of_up_to_fifteen_digits_are_exact() -> None:
    draw = random.Random(1)
    texts = [number_of(draw.randrange(10 ** draw.randint(1, 15)), draw.randint(0, 15)) for _ in range(20_000)]
    matrix = from_json(body_of([texts]), len(texts))
    assert matrix is not None
    assert matrix.tolist() == [[float(text) for text in texts]]


@pytest.mark.parametrize("odd", [*LEFT, *BAD])
@pytest.mark.parametrize("place", [0, 5, 11])
def test_one_other_text_among_many_leaves_all_to_the_decoder(odd: str, place: int) -> None:
    cells = ["1"] * 12
    cells[place] = odd
    rows = [cells[:6], cells[6:]]
    assert from_json(body_of(rows), 6) is None
    assert from_csv(lines_of(rows), 6) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"instances": [[]]}',
        b'{"instances": [[1, 2], []]}',
        b'{"instances": [[1, 2], [3]]}',
        b'{"instances": [[1], [2, 3, 4]]}',
        b'{"instances": [[1, 2, 3]]}',
        b'{"instances": [[1, 2], 3, 4]}',
        b'{"instances": [[1, 2], [3, 4]]',
        b'{"instances": [[1, 2], [3, 4]]]}',
        b'{"instances": [[[1, 2], [3, 4]]]}',
        b'{"instances": [[1, 2, [3, 4]]}',
        b'{"instances": [[1, 2], 3, 4]]}',
        b'{"instances": [[1, 2]], [3, 4]]}',
        b'{"instances": [[1, [2], [3, 4]]}',
        b'{"instances": [[1, 2][3, 4]]}',
        b'{"instances": [[1, 2/, 3, 4]]}',
        b'{"instances": [[1, 2], [3, 4], ]]}',
        b'{"instances": [[1, 2], [3, 4,]]}',
        b'{"instances": [[1 , 2], [3, 4]]}',
        b'{"instances": [[1,\xc2\xa02], [3, 4]]}',
        b'{"instances": [[1, 2], [3, 4]], "more": [[5, 6]]}',
        b'{"Instances": [[1, 2], [3, 4]]}',
    ],
)
def test_other_rows_are_left_to_the_decoder(body: bytes) -> None:
    assert from_json(body, 2) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"1,2\n3\n",
        b"1\n2,3,4\n",
        b"1,2,3,4\n",
        b"1,2\n\n3,4\n",
        b"1,2\r3,4\n",
        b'"1",2\n',
        b"1;2\n",
        b"1,2/,3,4\n",
        b"1,2\n\xef\xbb\xbf3,4\n",
    ],
)
def test_other_lines_are_left_to_the_module(body: bytes) -> None:
    assert from_csv(body, 2) is None


def of_json(draw: random.Random, rows: list[list[str]]) -> bytes:
    pieces = ["[", "]", "], [", "],", " ", "/", "e"]
    return spoilt(draw, body_of(rows, draw.choice([", ", ","])), pieces)


def of_csv(draw: random.Random, rows: list[list[str]]) -> bytes:
    return spoilt(draw, lines_of(rows, draw.choice(["\n", "\r\n"])), ["\n", "\r", "/", '"', "\n\n"])


def by_the_module(body: bytes) -> list[list[float]]:
    cells = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    return [[float(cell) for cell in row] for row in cells]


@pytest.mark.parametrize(
    ("read", "made", "expected"), [(from_json, of_json, decoded), (from_csv, of_csv, by_the_module)]
)
def test_whatever_is_done_to_a_body_it_is_read_as_one_by_one(read: Any, made: Any, expected: Any) -> None:
    draw = random.Random(2)
    good = 0
    for _ in range(20_000):
        columns = draw.randint(1, 3)
        body = made(draw, drawn(draw, PLAIN, draw.randint(1, 3), columns))
        if (matrix := read(body, columns)) is not None:
            good += 1
            assert matrix.tolist() == expected(body)
    # Not all of them are spoilt, nor none.
    assert 5_000 < good < 15_000


@pytest.mark.parametrize(("read", "write"), [(Reader.json, body_of), (Reader.csv, lines_of)])
def test_long_requests_of_plain_numbers_are_read_so(
    read: Callable[[Reader, bytes], object],
    write: Callable[[list[list[str]]], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader((Column("a"), Column("b", minimum=-7, maximum=2**53)))
    body = write([["1.5", "2"]] * 400)
    assert len(body) > plain_numbers.LONG_TEXT_BYTES
    matrix = read(reader, body)
    assert isinstance(matrix, np.ndarray)
    assert matrix.tolist() == [[1.5, 2]] * 400
    # Neither the decoder nor the module is asked.
    monkeypatch.setattr("instances._DECODER", None)
    monkeypatch.setattr("instances.csv", None)
    assert np.array_equal(matrix, read(reader, body))


@pytest.mark.parametrize(("read", "write"), [(Reader.json, body_of), (Reader.csv, lines_of)])
@pytest.mark.parametrize("number", [*PLAIN, *LONG])
def test_a_number_among_many_is_read_as_alone(
    read: Callable[[Reader, bytes], Any], write: Callable[[list[list[str]]], bytes], number: str
) -> None:
    reader = Reader((Column("a"), Column("b")))
    matrix = read(reader, write([["1.5", "2"]] * 400 + [["3", number]]))
    assert isinstance(matrix, np.ndarray)
    [[alone]] = read(Reader((Column("b"),)), write([[number]]))
    assert matrix[-1].tolist() == [3, float(alone)]


@pytest.mark.parametrize(("read", "write"), [(Reader.json, body_of), (Reader.csv, lines_of)])
def test_digits_that_are_no_numbers_are_not_read_as_such(
    read: Callable[[Reader, bytes], Any], write: Callable[[list[list[str]]], bytes]
) -> None:
    body = write([["1", "2"]] * 400)
    with pytest.raises(BadInputError, match="is no boolean"):
        read(Reader((Column("a"), Column("b", "boolean"))), body)


@pytest.mark.parametrize(("read", "write"), [(Reader.json, body_of), (Reader.csv, lines_of)])
@pytest.mark.parametrize(
    ("bad", "message"), [("-7.5", "-7.5 is below the minimum -7"), ("8", "8 is above the maximum 7")]
)
def test_a_bound_holds_in_long_requests(
    read: Callable[[Reader, bytes], object], write: Callable[[list[list[str]]], bytes], bad: str, message: str
) -> None:
    reader = Reader((Column("a"), Column("b", minimum=-7, maximum=7)))
    rows = [["1.5", "7"] if index % 2 else ["9", "-7"] for index in range(400)]
    assert isinstance(read(reader, write(rows)), np.ndarray)
    rows[70][1] = bad
    with pytest.raises(BadInputError) as refused:
        read(reader, write(rows))
    assert (refused.value.message, refused.value.field) == (message, "instances[70].b")
