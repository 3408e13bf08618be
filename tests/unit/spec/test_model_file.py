"""What load_models takes and refuses: keys, types, names, YAML itself."""

from pathlib import Path

import pytest

from sagemaker_lifecycle.model_specs import chosen, load_model, load_models
from sagemaker_lifecycle.spec import SpecError
from tests.unit.spec.conftest import messages

REPOSITORY = Path(__file__).parents[3]


def test_the_models_of_the_repository_load() -> None:
    houses = next(spec for spec in load_models(REPOSITORY / "models") if spec.name == "house-prices")
    assert houses.feature_names == ("SquareFeet",)
    assert (houses.target, houses.gate.metric_name, houses.gate.direction) == (
        "Price",
        "validation:rmse",
        "minimize",
    )


def test_a_model_of_ten_lines_has_its_defaults(write_model, tmp_path: Path) -> None:
    write_model()
    (spec,) = load_models(tmp_path / "models")
    assert (spec.training.instance_type, spec.serving.max_instances) == ("ml.m5.large", 2)
    assert (spec.rollout.strategy, spec.gate.approval) == ("all-at-once", "auto")
    assert spec.data_prefix == "models/houses/data/"


def test_models_come_in_the_order_of_their_names(write_model, tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        write_model(name, name=name)
    assert [spec.name for spec in load_models(tmp_path / "models")] == ["a", "b", "c"]


def test_everything_wrong_is_told_at_once_with_file_line_and_key(refusals) -> None:
    found = refusals(
        target=None, serving={"type": "realtime", "max_instances": "two"}, gate={"metric": "rmse"}
    )
    assert [message.split("; ")[0] for message in found] == [
        "houses/model.yaml: target: is missing",
        "houses/model.yaml:9: gate.threshold: is missing",
        "houses/model.yaml:13: serving.max_instances: 'two' is text",
    ]


def test_every_message_says_what_is_allowed(refusals) -> None:
    found = refusals(
        target=3,
        colour="red",
        features=[{"name": "SquareFeet", "type": "numbr"}],
        gate={"metric": "rmse", "threshold": 1, "margin": -1},
        training={"instance_type": "ml.m5.larg", "spot": 1, "seed": -1},
        serving={"type": "real-time"},
    )
    assert len(found) == 8
    assert all("allowed: " in message for message in found)


def test_an_unknown_key_is_refused_with_the_one_that_is_near(refusals) -> None:
    (message,) = refusals(trainig={"spot": True})
    assert message.startswith("houses/model.yaml:15: trainig: unknown key; allowed: ")
    assert message.endswith("did you mean 'training'?")


def test_an_unknown_key_within_a_section_is_refused_with_the_one_that_is_near(refusals) -> None:
    (message,) = refusals(training={"instance_typ": "ml.m5.large"})
    assert "training.instance_typ: unknown key" in message
    assert message.endswith("did you mean 'instance_type'?")


def test_an_unknown_value_is_refused_with_the_one_that_is_near(refusals) -> None:
    (message,) = refusals(gate={"metric": "rmsee", "threshold": 1})
    assert message.endswith("did you mean 'rmse'?")
    assert (
        "gate.metric: 'rmsee' is unknown; allowed: rmse, mae, r2, accuracy, f1, roc_auc, log_loss" in message
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"target": 3}, "target: 3 is a whole number; allowed: text"),
        ({"features": "SquareFeet"}, "features: 'SquareFeet' is text; allowed: a list"),
        ({"gate": 5}, "gate: 5 is a whole number; allowed: a mapping with metric"),
        ({"training": {"spot": "yes"}}, "training.spot: 'yes' is text; allowed: true or false"),
        ({"training": {"seed": 1.5}}, "training.seed: 1.5 is a number; allowed: a whole number from 0"),
        ({"training": {"seed": True}}, "training.seed: True is true or false; allowed: a whole number"),
        ({"gate": {"metric": "rmse", "threshold": float("nan")}}, "gate.threshold: nan is no finite number"),
        ({"features": []}, "features: [] has too few items; allowed: a list"),
        ({"features": [{"name": " a"}]}, "features[0].name: ' a' is not well formed; allowed: text (column"),
        (
            {"training": {"volume_size_gb": 0}},
            "training.volume_size_gb: 0 is too small; allowed: a whole number",
        ),
        (
            {"training": {"validation_fraction": 0.6}},
            "validation_fraction: 0.6 is too large; allowed: a number above",
        ),
    ],
)
def test_a_wrong_type_or_value_is_named(refusals, changes: dict, expected: str) -> None:
    (message,) = refusals(**changes)
    assert expected in message


@pytest.mark.parametrize("name", ["House", "1houses", "a_b", "a-", "", "-a", "a.b"])
def test_a_name_of_another_form_is_refused(refusals, name: str) -> None:
    assert any("name: " in message and "63" in message for message in refusals(name=name))


def test_a_name_at_the_limit_is_taken_and_one_over_it_refused(write_model, tmp_path: Path) -> None:
    write_model("a" * 63, name="a" * 63)
    assert len(load_models(tmp_path / "models")) == 1
    path = write_model("a" * 64, name="a" * 64)
    with pytest.raises(SpecError, match=r"name: .* is too long; allowed: text .*at most 63"):
        load_model(path.parent)


def test_a_name_that_is_not_the_folders_is_refused(refusals) -> None:
    (message,) = refusals(folder="flats")
    assert message == "flats/model.yaml:1: name: 'houses' is not the folder's name; allowed: flats"


def test_a_name_that_two_folders_declare_is_refused(write_model, refusals, tmp_path: Path) -> None:
    write_model("flats")
    found = refusals()
    assert any("houses/model.yaml:1: name: 'houses' is taken by" in message for message in found)


def test_problems_of_several_models_are_told_together(write_model, refusals) -> None:
    write_model("flats", name="flats", target=None)
    found = refusals(target=None)
    assert [message.partition(":")[0] for message in found] == ["flats/model.yaml", "houses/model.yaml"]


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"has no model; allowed: <name>/model\.yaml"):
        load_models(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "model.yaml: is empty or no mapping"),
        ("- a\n- b\n", "model.yaml: is empty or no mapping"),
        ("name: houses\ntarget: [1\n", "model.yaml:3: is no valid YAML"),
        ("name: houses\ntarget: a\nname: flats\n", "model.yaml:3: name: is given twice, first in line 1"),
        ("gate:\n  on: 1\n", "model.yaml:2: gate.on: YAML does not read this key as text"),
        ("name: !!python/object:os.system x\n", "model.yaml:1: is no valid YAML"),
        ("name: a\n---\nname: b\n", "model.yaml:2: is no valid YAML"),
        ("name: \x07\n", "model.yaml: is no valid YAML"),
        ("a: &a\n  b: *a\n", "model.yaml:1: a.b: is an alias"),
        ("a: &a [1]\nb: *a\n", "b: is an alias"),
        ("date: 2024-13-45\n", "model.yaml: is no valid YAML"),
    ],
)
def test_a_file_that_is_no_clean_yaml_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "model.yaml").write_text(text)
    with pytest.raises(SpecError) as refused:
        load_model(tmp_path)
    assert expected in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(SpecError, match="cannot be read"):
        load_model(tmp_path)


def test_a_spec_cannot_be_changed() -> None:
    spec = load_models(REPOSITORY / "models")[0]
    with pytest.raises(ValueError, match="frozen"):
        spec.name = "other"  # type: ignore[misc]


def test_hyperparameters_of_the_job_are_strings() -> None:
    (spec,) = [spec for spec in load_models(REPOSITORY / "models") if spec.name == "house-prices"]
    feature = '{"name": "SquareFeet", "type": "number", "minimum": 100.0, "maximum": 20000.0}'
    assert spec.training_hyperparameters() == {
        "algorithm": "linear-regression",
        "task": "regression",
        "features": f"[{feature}]",
        "target": "Price",
        "seed": "0",
        "validation-fraction": "0.2",
        "format": "portable",
    }


def test_models_are_chosen_by_name_and_all_without_one() -> None:
    folder = REPOSITORY / "models"
    assert [model.name for model in chosen(folder, "wine, house-prices")] == ["house-prices", "wine"]
    assert chosen(folder, "") == load_models(folder)
    with pytest.raises(ValueError, match=r"^no model is named 'nope'; there are: .*house-prices"):
        chosen(folder, "wine,nope")


def test_a_mistake_in_a_model_that_is_not_chosen_does_not_matter(write_model, tmp_path: Path) -> None:
    write_model("flats", name="flats", target=None)
    write_model("houses")
    assert [model.name for model in chosen(tmp_path / "models", "houses")] == ["houses"]
    with pytest.raises(SpecError, match=r"flats/model\.yaml"):
        chosen(tmp_path / "models", "flats,houses")


@pytest.mark.parametrize("number", ["5e+06", "5e6", "5.0e6", "+5E6"])
def test_a_number_with_an_exponent_needs_no_point(write_model, number: str) -> None:
    path = write_model()
    path.write_text(path.read_text().replace("threshold: 5000", f"threshold: {number}"))
    assert load_model(path.parent).gate.threshold == 5e6


def test_what_is_nested_too_deep_is_refused(write_model, tmp_path: Path) -> None:
    path = write_model()
    path.write_text(f"owner: {'[' * 2000}{']' * 2000}\n")
    (message,) = messages(tmp_path / "models")
    assert message == "houses/model.yaml: is no valid YAML: nested too deep"
