"""What a model's own scripts must be, found out without running them."""

import pytest

from sagemaker_lifecycle.model_specs import load_model
from tests.unit.spec.conftest import HANDLERS, write_scripts

ALLOWED = "allowed: model_fn, input_fn, output_fn, or model_fn and transform_fn"


@pytest.mark.parametrize(
    ("inference", "said"),
    [
        ("def model_fn(folder): ...\n", f"has no input_fn, output_fn; {ALLOWED}"),
        (HANDLERS.replace("model_fn", "load"), f"has no model_fn; {ALLOWED}"),
        (
            "class Handlers:\n    def model_fn(self): ...\n",
            f"has no model_fn, input_fn, output_fn; {ALLOWED}",
        ),
        (HANDLERS + "transform_fn = print\n", "has transform_fn besides input_fn, predict_fn or output_fn"),
        ("def model_fn(folder:\n", "line 1: '(' was never closed; allowed: Python"),
    ],
)
def test_handlers_that_cannot_answer_are_refused(write_model, refusals, inference: str, said: str) -> None:
    write_scripts(write_model().parent, inference)
    (message,) = refusals(algorithm="script")
    assert said in message


@pytest.mark.parametrize(
    "inference",
    [
        "def model_fn(folder): ...\ndef transform_fn(model, body, kind, accept): ...\n",
        "from mine import model_fn, read as input_fn\nif True:\n    output_fn = print\n",
        "from mine import *\n",
    ],
)
def test_handlers_may_be_imported_or_one(write_model, inference: str) -> None:
    path = write_model(algorithm="script")
    write_scripts(path.parent, inference)
    assert load_model(path.parent).algorithm == "script"


@pytest.mark.parametrize("name", ["user_script.py", "user_wheel.py", "lifecycle_baseline"])
def test_names_of_what_is_packed_with_the_scripts_are_taken(write_model, refusals, name: str) -> None:
    folder = write_model().parent
    write_scripts(folder)
    (folder / name).write_text("")
    (message,) = refusals(algorithm="script")
    assert f"{name} has the name of what is packed with the scripts; allowed: another name" in message
