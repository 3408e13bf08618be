"""Which requests the prediction API takes, and what it says to the others. No network."""

import base64
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]
LIMIT = 2000


def event(body: object, **changes: Any) -> dict[str, Any]:
    return {
        "pathParameters": {"model": "house-prices"},
        "queryStringParameters": None,
        "headers": {"Content-Type": "application/json"},
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **changes,
    }


def instances(*rows: object) -> dict[str, Any]:
    return event({"instances": list(rows)})


GOOD = {"SquareFeet": 3100, "Rooms": 4.5}


@pytest.fixture
def read(load: Load) -> Callable[[dict[str, Any]], Any]:
    models = load("predict.handler").MODELS
    return lambda given: load("predict.logic").read_request(given, models, LIMIT)


@pytest.fixture
def refused(load: Load, read: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def refusal(given: dict[str, Any]) -> Any:
        with pytest.raises(load("predict.logic").ApiError) as caught:
            read(given)
        return caught.value

    return refusal


def test_features_reach_the_model_in_its_own_order(read: Any) -> None:
    request = read(instances({"Rooms": 4.5, "SquareFeet": 3100}, {"SquareFeet": 1500, "Rooms": 1}))
    assert json.loads(request.body) == {"instances": [[3100, 4.5], [1500, 1]]}
    assert (request.model.endpoint, request.rows, request.variant) == ("dev-house-prices", 2, None)


@pytest.mark.parametrize("variant", ["champion", "challenger"])
def test_a_variant_can_be_asked_for(read: Any, variant: str) -> None:
    asked = {**instances(GOOD), "queryStringParameters": {"variant": variant}}
    assert read(asked).variant == variant


def test_an_unknown_variant_is_400(refused: Any) -> None:
    refusal = refused({**instances(GOOD), "queryStringParameters": {"variant": "blue"}})
    assert (refusal.status, refusal.code, refusal.field) == (400, "UnknownVariant", "variant")


@pytest.mark.parametrize("path", [{"model": "nothing"}, {"model": ""}, None])
def test_an_unknown_model_is_404_and_the_known_are_named(refused: Any, path: Any) -> None:
    refusal = refused({**instances(GOOD), "pathParameters": path})
    assert (refusal.status, refusal.code) == (404, "UnknownModel")
    assert "house-prices" in str(refusal)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"Content-Type": "text/csv"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/jsonp"},
    ],
)
def test_another_content_type_is_415(refused: Any, headers: Any) -> None:
    refusal = refused({**instances(GOOD), "headers": headers})
    assert (refusal.status, refusal.code) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"CONTENT-TYPE": "Application/JSON; charset=UTF-8"},
        {"accept": "*/*", "Content-type": 'application/json;charset="utf-8"'},
    ],
)
def test_the_content_type_is_read_whatever_its_case(read: Any, headers: Any) -> None:
    assert read({**instances(GOOD), "headers": headers}).rows == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        '{"instances": [{"SquareFeet": NaN, "Rooms": 1}]}',
        '{"instances": [{"SquareFeet": Infinity, "Rooms": 1}]}',
        '{"instances": [{"SquareFeet": -Infinity, "Rooms": 1}]}',
        "[" * 1500,
    ],
)
def test_what_is_not_json_is_400(refused: Any, body: str) -> None:
    refusal = refused(event(body))
    assert (refusal.status, refusal.code) == (400, "BadJson")


def test_a_missing_body_is_400(refused: Any) -> None:
    assert refused({**instances(GOOD), "body": None}).status == 400


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + 400 * "0"])
def test_a_number_beyond_a_double_is_400_naming_the_feature(refused: Any, number: str) -> None:
    refusal = refused(event('{"instances": [{"SquareFeet": 3100, "Rooms": ' + number + "}]}"))
    assert (refusal.status, refusal.field) == (400, "instances[0].Rooms")
    assert "finite" in str(refusal)


@pytest.mark.parametrize(
    "document",
    [
        [],
        3,
        {},
        {"instances": GOOD},
        {"instances": []},
        {"instances": [GOOD] * 101},
        {"instances": [GOOD], "x": 1},
    ],
)
def test_anything_but_1_to_100_instances_is_400(load: Load, document: Any) -> None:
    with pytest.raises(load("predict.logic").ApiError) as caught:
        load("predict.logic").read_request(event(document), load("predict.handler").MODELS, 1_000_000)
    assert (caught.value.status, caught.value.field) == (400, "instances")


@pytest.mark.parametrize(
    ("instance", "field", "words"),
    [
        ({"Rooms": 4}, "instances[0].SquareFeet", "is missing"),
        ({**GOOD, "Garden": 1}, "instances[0].Garden", "is no feature"),
        ({**GOOD, "Rooms": "4"}, "instances[0].Rooms", "must be a number"),
        ({**GOOD, "Rooms": None}, "instances[0].Rooms", "must be a number"),
        ({**GOOD, "Rooms": True}, "instances[0].Rooms", "must be a number"),
        ({**GOOD, "Rooms": [4]}, "instances[0].Rooms", "must be a number"),
        ({**GOOD, "SquareFeet": 99}, "instances[0].SquareFeet", "at least 100"),
        ({**GOOD, "SquareFeet": 20001}, "instances[0].SquareFeet", "at most 20000"),
        ([3100, 4], "instances[0]", "must be an object"),
    ],
)
def test_a_wrong_feature_is_400_and_named(refused: Any, instance: Any, field: str, words: str) -> None:
    refusal = refused(instances(instance))
    assert (refusal.status, refusal.code, refusal.field) == (400, "BadFeature", field)
    assert words in str(refusal)


@pytest.mark.parametrize("bound", [100, 20000])
def test_the_bounds_themselves_are_taken(read: Any, bound: int) -> None:
    assert read(instances({**GOOD, "SquareFeet": bound})).rows == 1


def test_all_wrong_features_are_listed_together(refused: Any) -> None:
    message = str(refused(instances(GOOD, {"SquareFeet": "big", "Garden": 1})))
    assert "instances[1].SquareFeet must be a number" in message
    assert "instances[1].Rooms is missing" in message
    assert "instances[1].Garden is no feature" in message


def test_a_long_list_of_wrong_features_is_cut(refused: Any) -> None:
    assert str(refused(instances(*[{}] * 50))).endswith("and 80 more")


def test_a_body_over_the_limit_is_413(refused: Any) -> None:
    refusal = refused(event("x" * (LIMIT * 2)))
    assert (refusal.status, refusal.code) == (413, "TooLarge")


def test_the_limit_counts_bytes_not_characters(refused: Any) -> None:
    assert refused(event('"' + "é" * (LIMIT // 2) + '"')).status == 413


def test_a_body_at_the_limit_is_read(refused: Any) -> None:
    assert refused(event("x" * LIMIT)).code == "BadJson"


def test_a_base64_body_is_decoded(read: Any) -> None:
    body = base64.b64encode(json.dumps({"instances": [GOOD]}).encode()).decode()
    assert read(event(body, isBase64Encoded=True)).rows == 1


def test_a_base64_body_over_the_limit_is_413(refused: Any) -> None:
    body = base64.b64encode(b"x" * (LIMIT + 1)).decode()
    assert refused(event(body, isBase64Encoded=True)).status == 413


@pytest.mark.parametrize("body", ["&&&&", base64.b64encode(b"\xff\xfe{}").decode()])
def test_a_base64_body_of_rubbish_is_400(refused: Any, body: str) -> None:
    assert refused(event(body, isBase64Encoded=True)).code == "BadJson"


def test_a_bad_answer_of_the_model_is_502(load: Load, read: Any) -> None:
    with pytest.raises(load("predict.logic").ApiError) as caught:
        load("predict.logic").read_answer(b"<html>", read(instances(GOOD)))
    assert (caught.value.status, caught.value.code) == (502, "BadModelAnswer")
    assert str(caught.value) == "the model's answer is not JSON"
