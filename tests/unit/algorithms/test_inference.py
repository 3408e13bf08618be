"""From columns of values to predictions."""

from pathlib import Path

import artefact
import numpy as np
import pytest
from artefact import UnusableArtefactError
from inference import Model
from instances import BadInputError


def test_predictions(model_folder: Path) -> None:
    predictions = Model.load(model_folder).predict([[1, 0], [2, 0]])
    assert (predictions.values, predictions.probabilities) == ([9, 1], None)


def test_a_prediction_that_overflows_is_refused_and_named(model_folder: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        Model.load(model_folder).predict([[1, 1e308], [2, 1e308]])
    assert (refused.value.code, refused.value.field) == ("ValueTooLarge", "instances[1]")


def test_few_rows_are_predicted_as_many_are(model_folder: Path) -> None:
    model = Model.load(model_folder)
    columns = [[0.1 * index for index in range(20)], [10**9 + index for index in range(20)]]
    many = model.predict(columns).values
    assert model.predict(np.array(columns).T).values == many
    one_by_one = [model.predict([[a], [b]]).values[0] for a, b in zip(*columns, strict=True)]
    assert one_by_one == pytest.approx(many, rel=1e-12)
    assert {type(value) for value in one_by_one} == {float}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"fill": np.array([7.0, 8.0])}, 7 * 2 + 5 * 3 + 1),
        ({"center": np.array([1.0, 1.0]), "scale": np.array([2.0, 2.0])}, 2 * 2 + 2 * 3 + 1),
    ],
)
def test_a_row_alone_goes_through_the_pipeline(model_folder: Path, steps: dict, expected: float) -> None:
    description, arrays = artefact.load(model_folder)
    first = None if "fill" in steps else 5
    assert Model(description, {**arrays, **steps}).predict([[first], [5]]).values == [expected]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"algorithm": "oracle"}, "algorithm 'oracle regression' is unknown; known: linear-regression regr"),
        ({"task": "classification"}, "algorithm 'linear-regression classification' is unknown"),
        ({"levels": None}, "lacks or misdescribes"),
        ({"features": [{"label": "a"}]}, "lacks or misdescribes"),
    ],
)
def test_an_artefact_that_is_not_understood_is_refused(model_folder: Path, change: dict, reason: str) -> None:
    description, arrays = artefact.load(model_folder)
    with pytest.raises(UnusableArtefactError, match=reason):
        Model({**description, **change}, arrays)


def test_an_array_that_is_missing_is_named(model_folder: Path) -> None:
    description, arrays = artefact.load(model_folder)
    with pytest.raises(UnusableArtefactError, match="lacks or misdescribes 'intercept'"):
        Model(description, {"coefficients": arrays["coefficients"]})
