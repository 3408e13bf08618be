"""How models of each kind are asked and what their answers become."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]
Read = Callable[..., dict[str, list[Any]]]


@pytest.fixture
def read(load: Load) -> Read:
    """The answer to one row (or `rows`) of a model of a protocol and task."""
    protocols = load("predict.protocols")

    def answer(document: object, protocol: str = "lifecycle", task: str = "regression", rows: int = 1) -> Any:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return protocols.read(protocol, task, body, rows)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff",
        b"<html>",
        b"[1]",
        b"{}",
        b'{"predictions": 1}',
        b'{"predictions": []}',
        b'{"predictions": [1, 2]}',
        b'{"predictions": [NaN]}',
        b'{"predictions": [Infinity]}',
        b'{"predictions": [1e999]}',
        b'{"predictions": [null]}',
        b'{"predictions": [true]}',
        b'{"predictions": [[1]]}',
        b'{"predictions": ["a"], "probabilities": 1}',
        b'{"predictions": ["a"], "probabilities": []}',
        b'{"predictions": ["a"], "probabilities": [0.5]}',
        b'{"predictions": ["a"], "probabilities": [{"a": "much"}]}',
    ],
)
def test_an_answer_that_is_none_is_refused(load: Load, read: Read, answer: bytes) -> None:
    with pytest.raises(load("predict.protocols").BadAnswer):
        read(answer)


@pytest.mark.parametrize("prediction", [360000.0, -1, "cat"])
def test_numbers_and_labels_are_predictions(read: Read, prediction: object) -> None:
    assert read({"predictions": [prediction]}) == {"predictions": [prediction]}


def test_probabilities_of_classes_are_passed_on(read: Read) -> None:
    answer = {"predictions": ["cat"], "probabilities": [{"cat": 0.9, "dog": 0.1}]}
    assert read(answer, task="classification") == answer


def test_aws_own_algorithms_are_asked_in_csv_with_empty_cells(load: Load) -> None:
    protocols = load("predict.protocols")
    assert protocols.body("xgboost", [[1, 2.5], [None, 1e-7]]) == b"1,2.5\n,1e-07"
    assert protocols.content_type("xgboost") == "text/csv"
    assert protocols.content_type("lifecycle") == "application/json"


@pytest.mark.parametrize("protocol", ["xgboost", "linear-learner"])
def test_a_score_is_the_number_of_a_regression(read: Read, protocol: str) -> None:
    answer = {"predictions": [{"score": 1.5}, {"score": -2}]}
    assert read(answer, protocol, rows=2) == {"predictions": [1.5, -2]}


@pytest.mark.parametrize(("score", "label"), [(0.75, "1"), (0.5, "1"), (0.25, "0")])
def test_a_score_is_the_probability_of_class_1(read: Read, score: float, label: str) -> None:
    assert read({"predictions": [{"score": score}]}, "xgboost", "classification") == {
        "predictions": [label],
        "probabilities": [{"0": 1 - score, "1": score}],
    }


def test_the_label_that_linear_learner_says_counts(read: Read) -> None:
    # Its threshold need not be a half: binary_classifier_model_selection_criteria.
    answer = {"predictions": [{"score": 0.4, "predicted_label": 1}]}
    assert read(answer, "linear-learner", "classification")["predictions"] == ["1"]


def test_scores_of_many_classes_are_their_probabilities(read: Read) -> None:
    answer = {"predictions": [{"score": [0.25, 0.5, 0.25]}]}
    assert read(answer, "xgboost", "classification") == {
        "predictions": ["1"],
        "probabilities": [{"0": 0.25, "1": 0.5, "2": 0.25}],
    }


def test_a_score_that_is_no_probability_is_not_called_one(read: Read) -> None:
    answer = {"predictions": [{"score": 3.5, "predicted_label": 1}]}
    assert read(answer, "linear-learner", "classification") == {"predictions": ["1"]}


@pytest.mark.parametrize(
    "prediction", [1.5, {}, {"score": None}, {"score": "1"}, {"score": []}, {"score": [1]}]
)
def test_an_answer_without_a_score_is_refused(load: Load, read: Read, prediction: object) -> None:
    with pytest.raises(load("predict.protocols").BadAnswer, match="holds a score that is no finite number"):
        read({"predictions": [prediction]}, "xgboost")


def test_scores_of_classes_are_no_regression(load: Load, read: Read) -> None:
    with pytest.raises(load("predict.protocols").BadAnswer, match="no finite number"):
        read({"predictions": [{"score": [0.5, 0.5]}]}, "xgboost")
