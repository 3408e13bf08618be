"""The training script: what it prints, writes and refuses."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import train
from inference import Model

REPOSITORY = Path(__file__).parents[3]
HOUSES = (REPOSITORY / "models/house-prices/data/houses.csv").read_text()
METRIC = r"metric {}=([0-9.eE+-]+);"


def failure(base: Path) -> str:
    return (base / "output/failure").read_text()


def test_the_five_houses_give_the_line_that_they_lie_on(container, capsys) -> None:
    base = container({"houses.csv": HOUSES})
    assert train.main() == 0
    assert Model.load(base / "model").predict([[3100.0]]).values == pytest.approx([360000])
    assert not (base / "output/failure").exists()
    printed = capsys.readouterr().out
    for name in ("validation:rmse", "validation:mae", "baseline:rmse"):
        (value,) = re.findall(METRIC.format(name), printed)
        assert float(value) >= 0
    assert float(re.findall(METRIC.format("validation:rmse"), printed)[0]) < 1e-6
    assert "validation:r2" not in printed


def test_it_runs_as_a_script_of_its_own(container) -> None:
    base = container({"houses.csv": HOUSES})
    done = subprocess.run([sys.executable, train.__file__], capture_output=True, text=True, cwd=base)
    assert (done.returncode, done.stderr) == (0, "")
    assert (base / "model/model.npz").is_file()


def test_a_failing_script_ends_with_one_and_says_why_on_stderr(container, capsys) -> None:
    base = container({"houses.csv": HOUSES + "4000,much\n"})
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(train.__file__, run_name="__main__")
    reason = "houses.csv:7: column 'Price': 'much' is no number"
    assert (ended.value.code, capsys.readouterr().err, failure(base)) == (1, f"{reason}\n", reason)
    assert list((base / "model").iterdir()) == []


def test_a_line_through_the_origin(container) -> None:
    base = container({"x.csv": "SquareFeet,Price\n1,3\n2,5\n3,7\n"}, fit_intercept="false")
    assert train.main() == 0
    assert Model.load(base / "model").predict([[0.0]]).values == [0]


def test_the_same_data_and_seed_give_the_same_bytes(container) -> None:
    base = container({"houses.csv": HOUSES})
    contents = []
    for _ in range(2):
        assert train.main() == 0
        contents.append([(base / "model" / name).read_bytes() for name in ("model.json", "model.npz")])
    assert contents[0] == contents[1]


def test_several_files_are_one_table(container) -> None:
    rows = HOUSES.splitlines()
    base = container({"a.csv": "\n".join(rows[:3]), "sub/b.csv": "\n".join([rows[0], *rows[3:]])})
    assert train.main() == 0
    assert json.loads((base / "model/model.json").read_text())["training"]["rows"] == 5


def test_the_code_that_serves_lies_beside_the_model_and_needs_nothing_else(container) -> None:
    base = container({"houses.csv": HOUSES})
    assert train.main() == 0
    code = (
        "import sys, wsgi\n"
        "assert wsgi.app.model.predict([[3100.0]]).values[0] > 359999\n"
        "print(sorted(n for n in ('sklearn', 'scipy', 'pandas', 'flask', 'boto3') if n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(base / "model/code"), "SM_MODEL_DIR": str(base / "model")},
        cwd=base,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("csv", "reason"),
    [
        ({}, r"channel train: .* has no CSV file"),
        ({"notes.txt": "x"}, r"channel train: .* has no CSV file"),
        ({"x.csv": ""}, r"x\.csv: is empty"),
        ({"x.csv": "SquareFeet,Price\n"}, r"x\.csv: has a header and no row"),
        ({"x.csv": "SquareFeet\n1\n"}, r"x\.csv:1: column 'Price': is missing"),
        ({"x.csv": "SquareFeet,Price\n1,2\n2,3\n"}, r"channel train: 2 rows; allowed: 3 or more"),
        (
            {"x.csv": "SquareFeet,Price\n1e300,1e308\n-1e300,1\n0,1e308\n5,-1e308\n"},
            r"'SquareFeet' holds 1e\+300 or its negative, too large to compute with; allowed: up to 1e\+38",
        ),
        ({"x.csv": "SquareFeet,Price\n1,1e200\n2,2e200\n3,1e201\n"}, r"the numbers are too large"),
        ({"x.csv": "SquareFeet,Price\n1,2\n2,2\n3,2\n"}, r"column 'Price' is 2.0 in every row"),
    ],
)
def test_bad_data_is_a_failure_with_its_reason(container, csv: dict[str, str], reason: str) -> None:
    base = container(csv)
    assert train.main() == 1
    assert re.search(reason, failure(base))


@pytest.mark.parametrize("algorithm", ["random-forest", "svm"])
def test_what_overflows_in_a_fit_is_no_missing_value(container, algorithm: str) -> None:
    rows = "\n".join(f"{index}e200,{index}" for index in range(30))
    base = container({"x.csv": f"SquareFeet,Price\n{rows}\n"}, algorithm=algorithm)
    assert train.main() == 1
    assert failure(base).startswith(
        "channel train: column 'SquareFeet' holds 2.9e+201 or its negative, too large"
    )


def test_what_scikit_learn_refuses_is_told_in_its_words(container, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ValueError("no such thing")

    base = container({"x.csv": "SquareFeet,Price\n1,2\n2,3\n3,5\n"})
    monkeypatch.setattr(train, "fit", refused)
    assert train.main() == 1
    assert failure(base) == "channel train: scikit-learn cannot fit the data: no such thing"


def test_faults_of_several_files_are_told_together(container) -> None:
    base = container({"a.csv": "SquareFeet,Price\nx,1\n", "sub/b.csv": "SquareFeet,Price\n1,\n"})
    assert train.main() == 1
    assert failure(base).splitlines() == [
        "a.csv:2: column 'SquareFeet': 'x' is no number",
        "sub/b.csv:2: column 'Price': is empty; allowed: a number",
    ]


def test_a_long_reason_is_cut_to_what_sagemaker_keeps(container) -> None:
    base = container({f"{index}.csv": "SquareFeet,Price\nx,y\n" for index in range(50)})
    assert train.main() == 1
    assert len(failure(base)) == 1024


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        (
            {"algorithm": "forest"},
            "hyperparameter algorithm: 'forest' is unknown; allowed: linear-regression, random-forest, svm",
        ),
        ({"algorithm": None}, "hyperparameter algorithm: '' is unknown"),
        ({"features": "SquareFeet"}, "hyperparameter features: allowed: a JSON list"),
        ({"features": "[]"}, "hyperparameter features: allowed: a JSON list"),
        ({"features": "[1]"}, "hyperparameter features: allowed: a JSON list"),
        ({"features": '["SquareFeet"]'}, "hyperparameter features: allowed: a JSON list of objects"),
        ({"features": '[{"name": "a", "type": "text"}]'}, "hyperparameter features: allowed: a JSON list"),
        ({"features": '[{"name": "a", "unit": "m"}]'}, "hyperparameter features: allowed: a JSON list"),
        ({"task": "ranking"}, "hyperparameter task: 'ranking' is unknown; allowed: regression, classif"),
        ({"task": "classification"}, "hyperparameter task: linear-regression predicts numbers"),
        ({"format": "pickle"}, "hyperparameter format: 'pickle' is unknown; allowed: portable"),
        ({"seed": "-1"}, "hyperparameter seed: -1 is out of range"),
        ({"fit_intercept": "yes"}, "hyperparameter fit_intercept: 'yes' is not allowed; allowed: true or"),
        ({"algorithm": "svm", "C": "0"}, "hyperparameter C: '0' is not allowed; allowed: a number above 0"),
        ({"algorithm": "svm", "gamma": "nan"}, "hyperparameter gamma: 'nan' is not allowed"),
        (
            {"algorithm": "svm", "kernel": "poly"},
            "hyperparameter kernel: 'poly' is not allowed; allowed: rbf",
        ),
        (
            {"algorithm": "random-forest", "n_estimators": "2001"},
            "hyperparameter n_estimators: '2001' is not allowed; allowed: a whole number from 1 to 2000",
        ),
        (
            {"algorithm": "random-forest", "max_depth": "2.5"},
            "hyperparameter max_depth: '2.5' is not allowed",
        ),
        ({"target": None}, "hyperparameter target: is missing"),
        ({"seed": "one"}, "hyperparameters seed and validation-fraction: invalid literal"),
        ({"validation_fraction": "1"}, "hyperparameter validation-fraction: 1.0 is out of range"),
        ({"validation_fraction": "nan"}, "hyperparameter validation-fraction: nan is out of range"),
    ],
)
def test_a_bad_hyperparameter_is_a_failure_that_names_it(
    container, hyperparameters: dict, reason: str
) -> None:
    base = container({"houses.csv": HOUSES}, **hyperparameters)
    assert train.main() == 1
    assert failure(base).startswith(reason)


def test_an_unforeseen_error_leaves_its_name_and_is_raised(container) -> None:
    base = container({"houses.csv": HOUSES})
    (base / "input/config/hyperparameters.json").unlink()
    with pytest.raises(FileNotFoundError):
        train.main()
    assert failure(base).startswith("FileNotFoundError: ")
