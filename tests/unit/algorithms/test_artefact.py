"""The portable artefact: loading runs no code, the same content gives the same bytes."""

from pathlib import Path

import artefact
import numpy as np
import pytest


def save(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    artefact.save(folder, {"b": 1, "a": [2]}, {"y": np.array(3.0), "x": np.array([1.0, 2.0])})


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    description, arrays = artefact.load(tmp_path)
    assert description == {"format": 2, "a": [2], "b": 1}
    assert {name: array.tolist() for name, array in arrays.items()} == {"x": [1, 2], "y": 3}


def test_the_same_content_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "one")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    save(tmp_path / "two")
    for name in ("model.json", "model.npz"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_array_that_would_run_code_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    np.savez(tmp_path / "model.npz", x=np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(artefact.UnusableArtefactError, match="allow_pickle"):
        artefact.load(tmp_path)


@pytest.mark.parametrize("name", ["model.json", "model.npz"])
@pytest.mark.parametrize("content", [None, b"", b"\x00\xff damaged"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    save(tmp_path)
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(artefact.UnusableArtefactError, match=str(tmp_path)):
        artefact.load(tmp_path)


def test_a_format_to_come_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / "model.json").write_text('{"format": 3}')
    with pytest.raises(artefact.UnusableArtefactError, match="is not of format 2"):
        artefact.load(tmp_path)


def test_a_description_that_is_no_json_value_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        artefact.save(tmp_path, {"metric": float("nan")}, {})
