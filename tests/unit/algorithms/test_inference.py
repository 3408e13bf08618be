"""From columns of values to predictions."""

from pathlib import Path

import artefact
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
