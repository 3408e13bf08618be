"""A training that is interrupted goes on where it was, to the same bytes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import forest_arrays
import numpy as np
import pytest
import train
from checkpoints import Checkpoints, work_name

from tests.unit.algorithms.tables import cottages

FOREST = {
    "algorithm": "random-forest",
    "task": "classification",
    "features": '[{"name": "Size", "optional": true}, {"name": "Town", "type": "category"}]',
    "target": "Kind",
    "n_estimators": "400",
}


def artefact_of(base: Path) -> list[bytes]:
    return [(base / "model" / name).read_bytes() for name in ("model.json", "model.npz")]


def run(base: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, train.__file__], cwd=base, stdout=subprocess.DEVNULL)


def test_a_killed_training_goes_on_to_the_same_bytes(container) -> None:
    base = container({"c.csv": cottages()}, **FOREST)
    assert train.main() == 0
    expected = artefact_of(base)
    kept = base / "checkpoints"
    kept.mkdir()
    job = run(base)
    deadline = time.monotonic() + 30
    while not list(kept.glob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.005)
    job.send_signal(signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    (checkpoint,) = kept.glob("*.npz")
    grown = len(np.load(checkpoint)["roots"])
    assert 0 < grown < 400
    again = run(base)
    assert again.wait() == 0
    assert artefact_of(base) == expected


def test_trees_of_a_checkpoint_are_not_grown_again(container, monkeypatch) -> None:
    base = container({"c.csv": cottages()}, **FOREST)
    (base / "checkpoints").mkdir()
    assert train.main() == 0
    expected = artefact_of(base)

    def refuse(*_: object) -> None:
        raise AssertionError("a tree was grown")

    monkeypatch.setattr(forest_arrays, "_grow", refuse)
    assert train.main() == 0
    assert artefact_of(base) == expected


@pytest.mark.parametrize("change", [{"seed": "1"}, {"min_samples_leaf": "2"}])
def test_the_checkpoint_of_another_work_is_not_used(container, change: dict[str, str]) -> None:
    given = {**FOREST, "n_estimators": "20"}
    base = container({"c.csv": cottages()}, **{**given, **change})
    assert train.main() == 0
    expected = artefact_of(base)
    (base / "checkpoints").mkdir()
    container({"c.csv": cottages()}, **given)
    assert train.main() == 0
    container({"c.csv": cottages()}, **{**given, **change})
    assert train.main() == 0
    assert artefact_of(base) == expected


def test_a_job_without_checkpoints_leaves_none(container) -> None:
    base = container({"c.csv": cottages()}, **{**FOREST, "n_estimators": "20"})
    assert train.main() == 0
    assert not (base / "checkpoints").exists()


def test_a_damaged_checkpoint_is_told_and_not_used(tmp_path: Path, capsys) -> None:
    kept = Checkpoints(tmp_path, "work")
    kept.save({"x": np.array([1.0])})
    assert kept.load() == {"x": np.array([1.0])}
    (tmp_path / "work.npz").write_bytes(b"damaged")
    assert kept.load() is None
    assert capsys.readouterr().out.startswith(f"checkpoint not used: {tmp_path}/work.npz")


def test_the_name_of_a_work_differs_with_each_part() -> None:
    names = {work_name(parts) for parts in ([b"a", b"b"], [b"ab"], [b"", b"ab"], [b"a"], [b"b", b"a"])}
    assert len(names) == 5
