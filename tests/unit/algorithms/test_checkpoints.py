"""A training that is interrupted goes on where it was, to the same bytes."""

from pathlib import Path
from typing import Any

import artefact
import checkpoints
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
    "n_estimators": "40",
}


def artefact_of(base: Path) -> list[bytes]:
    return [(base / "model" / name).read_bytes() for name in ("model.json", "model.npz")]


GROW = forest_arrays._grow


class Interrupted(BaseException):
    """As an interruption is nothing that a program catches."""


def test_an_interrupted_training_goes_on_to_the_same_bytes(container, monkeypatch) -> None:
    base = container({"c.csv": cottages()}, **FOREST)
    assert train.main() == 0
    expected = artefact_of(base)
    for name in ("model.json", "model.npz"):
        (base / "model" / name).unlink()
    kept = base / "checkpoints"
    kept.mkdir()
    monkeypatch.setattr(forest_arrays, "_grow", batches(2))
    with pytest.raises(Interrupted):
        train.main()
    (checkpoint,) = kept.glob("*.npz")
    assert len(np.load(checkpoint)["roots"]) == 20
    monkeypatch.setattr(forest_arrays, "_grow", batches(2))
    assert train.main() == 0
    assert artefact_of(base) == expected


def batches(allowed: int) -> Any:
    """What grows so many batches of trees, and is interrupted at the next."""
    left = iter(range(allowed))

    def counted(*given: Any) -> Any:
        if next(left, None) is None:
            raise Interrupted
        return GROW(*given)

    return counted


def test_trees_of_a_checkpoint_are_not_grown_again(container, monkeypatch) -> None:
    base = container({"c.csv": cottages()}, **FOREST)
    (base / "checkpoints").mkdir()
    assert train.main() == 0
    expected = artefact_of(base)

    monkeypatch.setattr(forest_arrays, "_grow", batches(0))
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


def test_an_interruption_while_a_checkpoint_is_written_leaves_the_one_before(tmp_path, monkeypatch) -> None:
    kept = Checkpoints(tmp_path, "work")
    kept.save({"x": np.array([1.0])})

    def half(file: Path, arrays: Any) -> None:
        artefact.write_arrays(file, arrays)
        file.write_bytes(file.read_bytes()[:20])
        raise Interrupted

    monkeypatch.setattr(checkpoints, "write_arrays", half)
    with pytest.raises(Interrupted):
        kept.save({"x": np.array([2.0])})
    assert kept.load() == {"x": np.array([1.0])}


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
