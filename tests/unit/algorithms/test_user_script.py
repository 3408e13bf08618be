"""A user's own training: what its endpoint needs is in the artefact, installed there without any network."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT, USER_ADDITIONS
from sagemaker_lifecycle.model_specs import load_model
from tests.unit.algorithms.wheels import write_wheel

IRIS = Path(__file__).resolve().parents[3] / "models" / "iris"


def run(source: Path, files: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """user_script.py in the folder `source`/code, made of the files, with the model's folder beside it."""
    for name in USER_ADDITIONS:
        files = {name: (ALGORITHMS_ROOT / name).read_text(), **files}
    for name, text in files.items():
        path = source / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run(
        [sys.executable, "user_script.py", "--C", "1.0"],
        cwd=source / "code",
        env={**os.environ, "SM_MODEL_DIR": str(source / "model"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(code: Path, target: Path) -> None:
    """As AWS's server does at the endpoint's start, there without a network."""
    words = ["-m", "pip", "install", "--quiet", "--target", str(target), "."]
    words += ["-r", "requirements.txt"] if (code / "requirements.txt").exists() else []
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    subprocess.run([sys.executable, *words], cwd=code, env=offline, check=True)


def test_the_script_runs_as_the_job_would_have_run_it(tmp_path: Path) -> None:
    script = "import sys\nprint(sys.argv[1:], __name__)\nsys.exit(3)\n"
    done = run(tmp_path, {"train.py": script})
    assert done.stdout == "['--C', '1.0'] __main__\n"
    assert done.returncode == 3


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
    done = run(
        tmp_path,
        {name: (IRIS / name).read_text() for name in ("train.py", "inference.py", "requirements.txt")},
        SM_HPS=json.dumps(told),
        SM_CHANNEL_TRAIN=str(IRIS / "data"),
    )
    assert done.returncode == 0, done.stderr
    metrics = dict(line[7:-1].split("=") for line in done.stdout.splitlines())
    assert float(metrics["validation:accuracy"]) >= model.gate.threshold > float(metrics["baseline:accuracy"])
