"""From a body to predictions."""

from pathlib import Path

import pytest
from artefact import UnusableArtefactError
from inference import BadInputError, Model, parse_csv, parse_json

FEATURES = ("a", "b")


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [[1, 2], [3, 4.5]]}',
        b'{"instances": [{"a": 1, "b": 2}, {"b": 4.5, "a": 3}]}',
        b'{"instances": [[1, 2], {"b": 4.5, "a": 3}]}',
    ],
)
def test_lists_and_objects_are_the_same_rows(body: bytes) -> None:
    assert parse_json(body, FEATURES) == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize("body", [b"1,2\n3,4.5\n", b"1,2\r\n3,4.5", b"\n 1 , 2\n\n3,4.5\n"])
def test_csv_rows(body: bytes) -> None:
    assert parse_csv(body, FEATURES) == [[1, 2], [3, 4.5]]


def test_one_row_of_one_feature_is_a_row() -> None:
    assert parse_csv(b"3100", ("SquareFeet",)) == [[3100]]


def test_predictions(model_folder: Path) -> None:
    assert Model.load(model_folder).predict([[1, 2], [0, 0]]) == [9, 1]


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
    ],
)
def test_bad_json_has_a_code_and_a_field(body: bytes, code: str, field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_json(body, FEATURES)
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
        parse_csv(body, FEATURES)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_prediction_that_overflows_is_refused_and_named(model_folder: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        Model.load(model_folder).predict([[1, 2], [1e308, 1e308]])
    assert (refused.value.code, refused.value.field) == ("ValueTooLarge", "instances[1]")


def test_an_algorithm_that_is_not_known_is_refused() -> None:
    with pytest.raises(
        UnusableArtefactError, match="algorithm 'oracle' is unknown; known: linear-regression"
    ):
        Model({"algorithm": "oracle", "features": []}, {})
