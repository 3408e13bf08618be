"""What the design knows and this version does not do is refused by name, never ignored."""

import pytest
from pydantic import ValidationError

from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.support import KNOWN_VALUES


@pytest.mark.parametrize("algorithm", KNOWN_VALUES["algorithm",])
def test_algorithms_to_come(refusals, algorithm: str) -> None:
    (message,) = refusals(algorithm=algorithm)
    assert message == (
        f"houses/model.yaml:9: algorithm: '{algorithm}' is not supported yet; allowed: linear-regression, "
        "random-forest, svm, linear-learner, xgboost, script, container"
    )


@pytest.mark.parametrize("kind", KNOWN_VALUES["source", "type"])
def test_sources_to_come_whatever_keys_they_have(refusals, kind: str) -> None:
    (message,) = refusals(source={"type": kind, "table": "houses", "query": "select 1"})
    assert message == f"houses/model.yaml:3: source.type: '{kind}' is not supported yet; allowed: local, s3"


@pytest.mark.parametrize("kind", KNOWN_VALUES["serving", "type"])
def test_servings_to_come(refusals, kind: str) -> None:
    (message,) = refusals(serving={"type": kind})
    assert f"serving.type: '{kind}' is not supported yet; allowed: realtime" in message


def test_feature_types_to_come(refusals) -> None:
    (message,) = refusals(features=[{"name": "SquareFeet", "type": "text"}])
    assert (
        "features[0].type: 'text' is not supported yet; allowed: number, category, boolean, date" in message
    )


def test_feature_types_to_come_in_the_short_form(refusals) -> None:
    (message,) = refusals(features={"number": ["SquareFeet"], "text": ["Notes"]})
    assert "model.yaml:9: features.text: is not supported yet; allowed: number, category" in message


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("serving", "capture", {"percent": 5}),
        ("cost", "budget", 5),
    ],
)
def test_keys_to_come(refusals, section: str, key: str, value: object) -> None:
    extra = {"type": "realtime"} if section == "serving" else {}
    (message,) = refusals(**{section: {**extra, key: value}})
    assert f"{section}.{key}: " in message
    assert "not supported yet" in message


@pytest.mark.parametrize("section", ["prepare"])
def test_sections_to_come(refusals, section: str) -> None:
    (message,) = refusals(**{section: {"budget": 5}})
    assert message.endswith(f"{section}: is not supported yet")


def test_hyperparameters_of_an_algorithm_to_come_are_no_second_fault(refusals) -> None:
    (message,) = refusals(algorithm="autopilot", hyperparameters={"n_estimators": 100})
    assert "algorithm: 'autopilot' is not supported yet" in message


def test_a_spec_built_without_the_loader_is_refused_as_well() -> None:
    with pytest.raises(ValidationError, match="not supported yet"):
        ModelSpec.model_validate(
            {
                "name": "houses",
                "source": {"type": "local"},
                "target": "Price",
                "features": [{"name": "SquareFeet"}],
                "algorithm": "autopilot",
                "gate": {"metric": "rmse", "threshold": 1},
                "serving": {"type": "realtime"},
            }
        )
