"""What the design knows and this version does not do is refused by name, never ignored."""

import pytest
from pydantic import ValidationError

from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.support import KNOWN_VALUES


@pytest.mark.parametrize("algorithm", KNOWN_VALUES["algorithm",])
def test_algorithms_to_come(refusals, algorithm: str) -> None:
    (message,) = refusals(algorithm=algorithm)
    assert message == (
        f"houses/model.yaml:9: algorithm: '{algorithm}' is not supported yet; allowed: linear-regression"
    )


@pytest.mark.parametrize("kind", KNOWN_VALUES["source", "type"])
def test_sources_to_come_whatever_keys_they_have(refusals, kind: str) -> None:
    (message,) = refusals(source={"type": kind, "table": "houses", "query": "select 1"})
    assert message == f"houses/model.yaml:3: source.type: '{kind}' is not supported yet; allowed: local, s3"


@pytest.mark.parametrize("kind", KNOWN_VALUES["serving", "type"])
def test_servings_to_come(refusals, kind: str) -> None:
    (message,) = refusals(serving={"type": kind})
    assert f"serving.type: '{kind}' is not supported yet; allowed: realtime" in message


@pytest.mark.parametrize("kind", ["category", "boolean", "text", "date"])
def test_feature_types_to_come(refusals, kind: str) -> None:
    (message,) = refusals(features=[{"name": "SquareFeet", "type": kind}])
    assert f"features[0].type: '{kind}' is not supported yet; allowed: number" in message


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("training", "tuning", {"jobs": 3}),
        ("training", "checkpoints", True),
        ("monitoring", "drift", {"psi": 0.2}),
        ("serving", "capture", {"percent": 5}),
        ("training", "instance_count", 2),
    ],
)
def test_keys_to_come(refusals, section: str, key: str, value: object) -> None:
    extra = {"type": "realtime"} if section == "serving" else {}
    (message,) = refusals(**{section: {**extra, key: value}})
    assert f"{section}.{key}: " in message
    assert "not supported yet" in message


@pytest.mark.parametrize("section", ["cost", "prepare"])
def test_sections_to_come(refusals, section: str) -> None:
    (message,) = refusals(**{section: {"budget": 5}})
    assert message.endswith(f"{section}: is not supported yet")


@pytest.mark.parametrize("value", [{"min": 1, "max": 5}, [1, 2, 3]])
def test_hyperparameters_as_ranges(refusals, value: object) -> None:
    (message,) = refusals(hyperparameters={"fit_intercept": value})
    assert "hyperparameters.fit_intercept: ranges (tuning) are not supported yet" in message


def test_hyperparameters_of_an_algorithm_to_come_are_no_second_fault(refusals) -> None:
    (message,) = refusals(algorithm="random-forest", hyperparameters={"n_estimators": 100})
    assert "algorithm: 'random-forest' is not supported yet" in message


def test_a_hyperparameter_that_the_algorithm_does_not_have(refusals) -> None:
    (message,) = refusals(hyperparameters={"n_estimators": 100})
    assert "hyperparameters.n_estimators: unknown key; allowed: fit_intercept" in message


def test_a_spec_built_without_the_loader_is_refused_as_well() -> None:
    with pytest.raises(ValidationError, match="not supported yet"):
        ModelSpec.model_validate(
            {
                "name": "houses",
                "source": {"type": "local"},
                "target": "Price",
                "features": [{"name": "SquareFeet"}],
                "algorithm": "svm",
                "gate": {"metric": "rmse", "threshold": 1},
                "serving": {"type": "realtime"},
            }
        )
