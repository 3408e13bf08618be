"""The JSON Schema for editors."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from sagemaker_lifecycle import model_specs
from sagemaker_lifecycle.spec.schema import schema_text

REPOSITORY = Path(__file__).parents[3]
SCHEMA = REPOSITORY / "schema" / "model.schema.json"
MODEL_FILES = sorted((REPOSITORY / "models").glob("*/model.yaml"))


def test_the_checked_in_schema_is_the_current_one() -> None:
    assert SCHEMA.read_text() == schema_text(), "run: python -m sagemaker_lifecycle.model_specs schema"


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.parent.name)
def test_the_models_of_the_repository_fulfil_it_and_name_it(path: Path) -> None:
    text = path.read_text()
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(yaml.safe_load(text))
    assert text.startswith("# yaml-language-server: $schema=../../schema/model.schema.json\n")


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "autopilot"},
        {"colour": "red"},
        {"serving": {"type": "serverless"}},
        {"target": None},
        {"hyperparameters": {"n_estimators": 5}},
        {"features": {"numbers": ["SquareFeet"]}},
        {"algorithm": "random-forest", "hyperparameters": {"n_estimators": 0}},
        {"algorithm": "random-forest", "hyperparameters": {"n_estimators": {"min": 1}}},
    ],
)
def test_it_refuses_what_the_loader_refuses(change: dict) -> None:
    content = {**yaml.safe_load(MODEL_FILES[0].read_text()), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(content)


@pytest.mark.parametrize(
    "change",
    [
        {"features": {"number": ["SquareFeet"], "optional": ["SquareFeet"]}},
        {"algorithm": "random-forest", "hyperparameters": {"max_depth": "none", "n_estimators": [5, 9]}},
        {"algorithm": "xgboost", "hyperparameters": {"eta": {"min": 0.1, "max": 0.5}, "num_round": 5}},
        {"algorithm": "script", "hyperparameters": {"whatever": "it takes"}},
    ],
)
def test_it_takes_what_the_loader_takes(change: dict) -> None:
    content = {**yaml.safe_load(MODEL_FILES[0].read_text()), **change}
    assert list(jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(content)) == []


def test_the_command_prints_it(capsys) -> None:
    assert model_specs.main(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()


def test_the_command_checks_models(capsys, write_model) -> None:
    models = str(write_model().parents[1])
    assert model_specs.main(["check", models]) == 0
    write_model(target=None)
    assert model_specs.main(["check", models]) == 1
    assert "target: is missing" in capsys.readouterr().err


def test_the_command_explains_itself(capsys) -> None:
    assert model_specs.main(["nothing"]) == 2
    assert "usage: " in capsys.readouterr().err
