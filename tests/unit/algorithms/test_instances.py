"""From a body to columns of values."""

import json

import numpy as np
import pytest
from csv_table import Column
from instances import BadInputError, Reader

FEATURES = (Column("a"), Column("b"))
TYPED = (
    Column("city", "category", optional=True),
    Column("built", "date"),
    Column("pool", "boolean"),
    Column("size", minimum=1, maximum=9),
    Column("kind", "category", values=("x", "y")),
)
GOOD = ["Bern", "2000-01-02", True, 2, "x"]


def rows(columns) -> list[list]:
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [[1, 2], [3, 4.5]]}',
        b'{"instances": [{"a": 1, "b": 2}, {"b": 4.5, "a": 3}]}',
        b'{"instances": [[1, 2], {"b": 4.5, "a": 3}]}',
    ],
)
def test_lists_and_objects_are_the_same_rows(body: bytes) -> None:
    assert rows(Reader(FEATURES).json(body)) == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize(
    "body", [b"1,2\n3,4.5\n", b"1,2\r\n3,4.5", b"\n 1 , 2\n\n3,4.5\n", b"\xef\xbb\xbf1,2\n3,4.5"]
)
def test_csv_rows(body: bytes) -> None:
    assert rows(Reader(FEATURES).csv(body)) == [[1, 2], [3, 4.5]]


def test_one_row_of_one_feature_is_a_row() -> None:
    assert rows(Reader((Column("SquareFeet"),)).csv(b"3100")) == [[3100]]


def test_finite_numbers_whose_sum_is_not_are_good() -> None:
    assert rows(Reader(FEATURES).json(b'{"instances": [[1e308, 0], [1e308, 0]]}')) == [[1e308, 0]] * 2


@pytest.mark.parametrize(
    ("value", "message"), [(0, "0 is below the minimum 1"), (9.5, "9.5 is above the maximum 9")]
)
def test_a_number_out_of_bounds_is_named_where_all_are_numbers(value: float, message: str) -> None:
    bounded = Reader((Column("a"), Column("b", minimum=1, maximum=9)))
    assert rows(bounded.json(b'{"instances": [[-1e9, 1], [1e9, 9]]}')) == [[-1e9, 1], [1e9, 9]]
    with pytest.raises(BadInputError) as refused:
        bounded.json(json.dumps({"instances": [[0, 5], [0, value]]}).encode())
    assert (refused.value.message, refused.value.field) == (message, "instances[1].b")


def test_a_number_just_out_of_its_bound_is_not_said_to_be_the_bound() -> None:
    with pytest.raises(BadInputError, match=r"^20000000 is below the minimum 20000001$"):
        Reader((Column("a", minimum=20000001),)).csv(b"20000000")


def test_many_rows_of_numbers_are_one_array() -> None:
    table = [[index, index / 3] for index in range(20)]
    read = Reader(FEATURES).json(json.dumps({"instances": table}).encode())
    assert isinstance(read, np.ndarray)
    assert read.tolist() == table


def test_many_rows_may_be_at_their_bounds() -> None:
    bounded = Reader((Column("a", minimum=1, maximum=9),))
    assert isinstance(bounded.json(json.dumps({"instances": [[1], [9]] * 10}).encode()), np.ndarray)


BAD_ROWS = [
    "[1, true]",
    '[1, "2"]',
    "[1, null]",
    "[1, 10.5]",
    f"[1, {10**400}]",
    "[1, -1e999]",
    "[1]",
    "[1, [2]]",
]


@pytest.mark.parametrize("bad", [*BAD_ROWS, '{"a": 1}'])
def test_one_bad_row_of_many_is_named(bad: str) -> None:
    body = ", ".join([*(["[1, 2]"] * 15), bad, "[1, 2]"])
    with pytest.raises(BadInputError) as refused:
        Reader((Column("a"), Column("b", maximum=10))).json(f'{{"instances": [{body}]}}'.encode())
    assert refused.value.field.startswith("instances[15]")


def test_values_of_all_types() -> None:
    body = b'{"instances": [["Bern", "2000-01-02", true, 2, "x"], [null, "1999-12-31", 0, 9, "y"]]}'
    assert rows(Reader(TYPED).json(body)) == [["Bern", 1, 1, 2, "x"], [None, -1, 0, 9, "y"]]
    text = b"Bern,2000-01-02,true,2,x\n,1999-12-31,0,9,y"
    assert rows(Reader(TYPED).csv(text)) == [["Bern", 1, 1, 2, "x"], [None, -1, 0, 9, "y"]]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, 3, "is no text; allowed: text"),
        (0, " ", "is empty; allowed: text, or null where the feature is optional"),
        (1, None, "is null; allowed: a date such as 2024-01-31"),
        (1, 20240131, 'is no date; allowed: a date such as "2024-01-31"'),
        (1, "2024-13-01", "'2024-13-01' is no date; allowed: a date such as 2024-01-31"),
        (2, 2, "is no boolean; allowed: true or false"),
        (2, "true", "is no boolean; allowed: true or false"),
        (2, 0.5, "is no boolean; allowed: true or false"),
        (3, 0.5, "0.5 is below the minimum 1"),
        (3, 10, "10 is above the maximum 9"),
        (3, "2", "is no number; allowed: a number"),
        (4, "z", "'z' is none of the values; allowed: x, y"),
    ],
)
def test_a_value_that_its_feature_does_not_allow(place: int, value: object, message: str) -> None:
    bad = [*GOOD[:place], value, *GOOD[place + 1 :]]
    with pytest.raises(BadInputError) as refused:
        Reader(TYPED).json(json.dumps({"instances": [GOOD, bad]}).encode())
    assert (refused.value.message, refused.value.field) == (message, f"instances[1].{TYPED[place].name}")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "InvalidJson", ""),
        (b"{", "InvalidJson", ""),
        (b"\xff", "InvalidJson", ""),
        (b'{"instances": [[NaN, 1]]}', "InvalidJson", ""),
        (b'{"instances": [[-Infinity, 1]]}', "InvalidJson", ""),
        (b"[" * 100_000, "InvalidJson", ""),
        (b'{"instances": [[' + b"9" * 5000 + b", 1]]}", "InvalidJson", ""),
        (b"[[1, 2]]", "InvalidRequest", ""),
        (b"null", "InvalidRequest", ""),
        (b'{"rows": [[1, 2]]}', "InvalidRequest", ""),
        (b'{"instances": [[1, 2]], "variant": "x"}', "UnknownField", "variant"),
        (b'{"instances": []}', "InvalidRequest", "instances"),
        (b'{"instances": {"a": 1, "b": 2}}', "InvalidRequest", "instances"),
        (b'{"instances": [1]}', "InvalidRequest", "instances[0]"),
        (b'{"instances": [[1, 2], [1]]}', "WrongFeatureCount", "instances[1]"),
        (b'{"instances": [[1, 2, 3]]}', "WrongFeatureCount", "instances[0]"),
        (b'{"instances": [{"a": 1}]}', "MissingFeature", "instances[0].b"),
        (b'{"instances": [{"a": 1, "b": 2, "c": 3}]}', "UnknownFeature", "instances[0].c"),
        (b'{"instances": [{"a": 1, "b": "2"}]}', "InvalidFeature", "instances[0].b"),
        (b'{"instances": [[true, 2]]}', "InvalidFeature", "instances[0].a"),
        (b'{"instances": [[null, 2]]}', "InvalidFeature", "instances[0].a"),
        (b'{"instances": [[[1], 2]]}', "InvalidFeature", "instances[0].a"),
        (b'{"instances": [[1e999, 2]]}', "InvalidFeature", "instances[0].a"),
        (b'{"instances": [[1' + b"0" * 400 + b", 2]]}", "InvalidFeature", "instances[0].a"),
        (
            b'{"instances": [[1, 2], [-1' + b"0" * 400 + b", 2], [1" + b"0" * 400 + b", 2]]}",
            "InvalidFeature",
            "instances[1].a",
        ),
    ],
)
def test_bad_json_has_a_code_and_a_field(body: bytes, code: str, field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Reader(FEATURES).json(body)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "InvalidCsv", ""),
        (b"\n\n", "InvalidCsv", ""),
        (b"\xff,1", "InvalidCsv", ""),
        (b'"1,2', "InvalidCsv", ""),
        (b"1", "WrongFeatureCount", "instances[0]"),
        (b"1,2\n1,2,3", "WrongFeatureCount", "instances[1]"),
        (b"a,b\n1,2", "InvalidFeature", "instances[0].a"),
        (b"1,", "InvalidFeature", "instances[0].b"),
        (b"nan,1", "InvalidFeature", "instances[0].a"),
        (b"inf,1", "InvalidFeature", "instances[0].a"),
    ],
)
def test_bad_csv_has_a_code_and_a_field(body: bytes, code: str, field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Reader(FEATURES).csv(body)
    assert (refused.value.code, refused.value.field) == (code, field)
