"""A user's own training: a guess is measured before it, and its endpoint needs no network."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

import guess
import pytest
import user_script

from sagemaker_lifecycle.algorithm_bundle import (
    ALGORITHMS_ROOT,
    GUESS_FILES,
    GUESS_FOLDER,
    user_additions,
)
from sagemaker_lifecycle.model_specs import load_model
from tests.unit.algorithms.wheels import write_wheel

IRIS = Path(__file__).resolve().parents[3] / "models" / "iris"
TOLD = {"features": '[{"name": "a"}]', "target": "y"}
ROWS = "a,y\n" + "".join(f"{row},{row * row}\n" for row in range(20))


def run(
    source: Path,
    files: dict[str, str],
    *,
    told: dict[str, str] = TOLD,
    channel: Path | None = None,
    rows: str = ROWS,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """user_script.py in the folder `source`/code, made of the files, with the model's folder beside it.

    channel: folder with the data; None for one file of `rows`.
    """
    packed = {name: path.read_text() for name, path in user_additions().items()}
    packed |= {"../config/hyperparameters.json": json.dumps(told), "../data/x.csv": rows}
    for name, text in {**packed, **files}.items():
        path = source / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folders = {
        "SM_MODEL_DIR": source / "model",
        "SM_INPUT_CONFIG_DIR": source / "config",
        "SM_CHANNEL_TRAIN": channel or source / "data",
        # As the toolkit has it.
        "PYTHONPATH": source / "code",
    }
    return subprocess.run(
        [sys.executable, "user_script.py", "--C", "1.0"],
        cwd=source / "code",
        env={**os.environ, **{name: str(path) for name, path in folders.items()}, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def metrics_of(stdout: str) -> dict[str, float]:
    """What SageMaker makes of a log: of each metric the last value."""
    return {name: float(value) for name, value in re.findall(r"metric ([a-z:_0-9]+)=([0-9.eE+-]+);", stdout)}


def installed(code: Path, target: Path) -> None:
    """As AWS's server does at the endpoint's start, there without a network."""
    words = ["-m", "pip", "install", "--quiet", "--target", str(target), "."]
    words += ["-r", "requirements.txt"] if (code / "requirements.txt").exists() else []
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    subprocess.run([sys.executable, *words], cwd=code, env=offline, check=True)


def test_the_script_runs_as_the_job_would_have_run_it(tmp_path: Path) -> None:
    script = "import sys\nprint(sys.argv[1:], __name__)\nsys.exit(3)\n"
    done = run(tmp_path, {"train.py": script})
    assert done.stdout.splitlines()[-1] == "['--C', '1.0'] __main__"
    assert done.returncode == 3


def test_the_guess_is_measured_by_our_rule_before_the_script_runs(tmp_path: Path) -> None:
    done = run(tmp_path, {"train.py": "print('trained')\n"})
    assert done.returncode == 0, done.stderr
    *measured, trained = done.stdout.splitlines()
    expected = guess.guess(TOLD, tmp_path / "data")
    assert set(expected) == {"baseline:rmse", "baseline:mae", "baseline:r2"}
    assert measured == [f"metric {name}={value!r};" for name, value in expected.items()]
    assert trained == "trained"


def test_a_guess_that_the_script_prints_itself_is_the_last_word(tmp_path: Path) -> None:
    done = run(tmp_path, {"train.py": "print('metric baseline:rmse=7;')\n"})
    assert metrics_of(done.stdout)["baseline:rmse"] == 7


def test_no_file_of_the_users_is_in_the_way_of_the_guess(tmp_path: Path) -> None:
    wrong = "raise RuntimeError('not this one')\n"
    theirs = dict.fromkeys((*GUESS_FILES, "csv.py", "numpy.py", "sklearn/__init__.py"), wrong)
    done = run(tmp_path, {**theirs, "train.py": "print('trained')\n"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "baseline:rmse" in metrics_of(done.stdout)


def test_the_scripts_own_modules_are_those_it_imports(tmp_path: Path) -> None:
    files = {"train.py": "import settings\nprint(settings.MINE)\n", "settings.py": "MINE = 'mine'\n"}
    assert run(tmp_path, files).stdout.endswith("mine\n")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows": "a,y\n1,2\ncheap,3\n4,5\n"}, "x.csv:3: column 'a': 'cheap'"),
        ({"rows": "a,z\n1,2\n"}, "x.csv:1: column 'y': is missing"),
        ({"told": {}}, "hyperparameter features: "),
        ({"rows": "a,y\n1,1e200\n2,3e200\n3,5e200\n"}, "the numbers are too large to compute with"),
    ],
)
def test_a_script_may_read_what_our_reader_refuses(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    done = run(tmp_path, {"train.py": "print('trained')\n"}, **changes)
    assert (done.returncode, done.stderr) == (0, "")
    assert metrics_of(done.stdout) == {}
    assert done.stdout.startswith("no guess without a model is measured, so train.py must print its metric")
    assert said in done.stdout
    assert done.stdout.endswith("trained\n")


def test_anything_else_that_breaks_the_guess_ends_the_job(tmp_path: Path) -> None:
    done = run(tmp_path, {"train.py": "print('trained')\n", f"{GUESS_FOLDER}/guess.py": "1 / 0\n"})
    assert done.returncode == 1
    assert "trained" not in done.stdout
    assert "ZeroDivisionError" in done.stderr
    assert "lifecycle_baseline/guess.py: ended with exit status 1" in done.stderr


def test_all_that_measures_the_guess_is_packed_and_nothing_more() -> None:
    finder = ModuleFinder(path=[str(ALGORITHMS_ROOT)])
    finder.run_script(str(ALGORITHMS_ROOT / "guess.py"))
    imported = {Path(module.__file__).name for module in finder.modules.values() if module.__file__}
    assert imported == set(GUESS_FILES)
    assert (GUESS_FOLDER, GUESS_FILES[0]) == (user_script.GUESS_FOLDER, user_script.GUESS)


def test_r2_of_a_guess_is_left_out_where_it_is_undefined(tmp_path: Path) -> None:
    # Of three rows one is held out.
    (tmp_path / "x.csv").write_text("a,y\n1,1\n2,5\n3,9\n")
    assert set(guess.guess(TOLD, tmp_path)) == {"baseline:rmse", "baseline:mae"}


def test_all_modules_are_packed_and_nothing_that_trains_only(tmp_path: Path) -> None:
    run(tmp_path, {"train.py": "", "inference.py": "", "helpers/more.py": "", "requirements.txt": "# none\n"})
    packed = tmp_path / "model" / "code"
    assert sorted(path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()) == [
        "helpers/more.py",
        "inference.py",
        "pyproject.toml",
        "train.py",
        "user_wheel.py",
    ]


def test_the_packed_code_is_a_package_that_needs_no_index(tmp_path: Path) -> None:
    run(tmp_path, {"train.py": "", "inference.py": "A = 1\n", "helpers/more.py": ""})
    code = tmp_path / "model" / "code"
    (code / "setup.py").write_text("from setuptools import setup\nsetup(packages=[''], name='inference')\n")
    installed(code, tmp_path / "site")
    there = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.py")}
    assert there == {"helpers/more.py", "inference.py", "train.py", "user_wheel.py"}


def test_requirements_go_along_as_wheels(tmp_path: Path) -> None:
    write_wheel(tmp_path / "index", "lifecycle_extra", "1.2", {"lifecycle_extra.py": "VALUE = 7\n"})
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index")}
    files = {"train.py": "", "inference.py": "", "requirements.txt": "lifecycle-extra==1.2\n"}
    done = run(tmp_path, files, **offline)
    assert done.returncode == 0, done.stderr
    code = tmp_path / "model" / "code"
    assert (code / "requirements.txt").read_text() == (
        "--no-index\n--find-links wheels\nlifecycle-extra==1.2\n"
    )
    installed(code, tmp_path / "site")
    assert (tmp_path / "site" / "lifecycle_extra.py").read_text() == "VALUE = 7\n"


def test_requirements_that_cannot_be_had_end_the_job_before_it_trains(tmp_path: Path) -> None:
    files = {"train.py": "print('trained')\n", "requirements.txt": "lifecycle-extra==1.2\n"}
    done = run(tmp_path, files, PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 1
    assert "trained" not in done.stdout
    assert "No matching distribution found for lifecycle-extra==1.2" in done.stderr
    assert "requirements.txt: pip wheel ended with exit status 1" in done.stderr


def test_the_wheel_says_what_pip_wants_to_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import user_wheel

    (tmp_path / "inference.py").write_text("A = 1\n")
    monkeypatch.chdir(tmp_path)
    name = user_wheel.build_wheel(str(tmp_path))
    with zipfile.ZipFile(io.BytesIO((tmp_path / name).read_bytes())) as wheel:
        record = wheel.read("user_code-1.0.0.dist-info/RECORD").decode().splitlines()
        assert sorted(line.rstrip(",") for line in record) == sorted(wheel.namelist())


def test_the_shipped_script_reaches_its_gate_and_beats_its_baseline(tmp_path: Path) -> None:
    model = load_model(IRIS)
    told = model.training_hyperparameters()
    files = {name: (IRIS / name).read_text() for name in ("train.py", "inference.py", "requirements.txt")}
    assert "baseline" not in files["train.py"]
    done = run(tmp_path, files, told=told, channel=IRIS / "data", SM_HPS=json.dumps(told))
    assert done.returncode == 0, done.stderr
    metrics = metrics_of(done.stdout)
    assert metrics["validation:accuracy"] >= model.gate.threshold > metrics["baseline:accuracy"]
