"""What `make` says where it cannot set up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INHERITED = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, as far as make looks at it."""
    for name in ("Makefile", "package.json", "package-lock.json", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for pins in ROOT.glob("requirements*.txt"):
        shutil.copy(pins, tmp_path)
    return tmp_path


def set_up(clone: Path, first: str) -> subprocess.CompletedProcess[str]:
    """`make setup` with a Python that runs this line before what it is asked to run."""
    python = clone / "fake-python"
    python.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "{first}; exec(__import__(\'sys\').argv[2])" "$@"\n'
    )
    python.chmod(0o755)
    command = ["make", "--no-print-directory", "setup", f"PYTHON={python}"]
    # What a make around these tests hands down would make this one a part of it.
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
    return subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def test_an_old_python_is_one_clear_line_and_nothing_is_made(clone: Path) -> None:
    ended = set_up(clone, "import sys; sys.version_info = (3, 9, 18)")
    first, *rest = ended.stderr.splitlines()
    assert first == "Python 3.9 is too old: 3.11 or newer is needed (make PYTHON=python3.12 ...)"
    assert ended.returncode == 2
    assert all(line.startswith("make: ***") for line in rest)
    assert not (clone / ".venv").exists()


def test_a_python_without_venv_is_told_with_the_package_to_install(clone: Path) -> None:
    ended = set_up(clone, "import sys; sys.modules['ensurepip'] = None")
    assert ended.stdout == "Python has no venv module: on Debian, apt install python3-venv\n"
    assert ended.returncode == 2
    assert not (clone / ".venv").exists()
