"""The packed algorithms: same files, same bytes."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from sagemaker_lifecycle.algorithm_bundle import (
    ALGORITHMS_ROOT,
    GUESS_FILES,
    GUESS_FOLDER,
    bundle_bytes,
    write_bundle,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "inner").mkdir(parents=True)
    (folder / "train.py").write_text("print(1)\n")
    (folder / "inner" / "a.py").write_text("A = 1\n")
    return folder


def test_age_mode_and_other_files_do_not_change_the_bytes(source: Path) -> None:
    before = bundle_bytes(source)
    os.utime(source / "train.py", (1, 1))
    (source / "train.py").chmod(0o700)
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "train.cpython-311.pyc").write_bytes(b"x")
    assert bundle_bytes(source) == before


def test_a_change_of_the_code_changes_the_bytes(source: Path) -> None:
    before = bundle_bytes(source)
    (source / "inner" / "a.py").write_text("A = 2\n")
    assert bundle_bytes(source) != before


def test_members_are_sorted_and_belong_to_nobody(source: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(bundle_bytes(source)), mode="r:gz") as archive:
        members = archive.getmembers()
        guess = [f"{GUESS_FOLDER}/{name}" for name in sorted(GUESS_FILES)]
        others = ["inner/a.py", "train.py", "user_script.py", "user_wheel.py"]
        assert [m.name for m in members] == [others[0], *guess, *others[1:]]
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
            (0, 0, 0, "", "", 0o644)
        }
        code = archive.extractfile("train.py")
        assert code is not None
        assert code.read() == b"print(1)\n"


def test_the_gzip_header_carries_no_time_and_no_name(source: Path) -> None:
    header = bundle_bytes(source)[:10]
    assert header[3:8] == bytes(5)


def test_the_projects_own_bundle_has_the_script_and_what_serves(tmp_path: Path) -> None:
    target = write_bundle(tmp_path / "deep" / "sourcedir.tar.gz")
    with tarfile.open(target) as archive:
        names = set(archive.getnames())
    assert {"train.py", "inference.py", "wsgi.py"} <= names
    assert names == {path.relative_to(ALGORITHMS_ROOT).as_posix() for path in ALGORITHMS_ROOT.rglob("*.py")}


def test_a_folder_without_the_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no train\.py"):
        bundle_bytes(tmp_path)
