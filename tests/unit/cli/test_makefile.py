"""What `make` says where it cannot set up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INHERITED = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "PORT", "PYTHON")


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
    return make(clone, "setup", f"PYTHON={python}")


def make(clone: Path, *words: str, **exported: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *words]
    # What a make around these tests hands down would make this one a part of it.
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED} | exported
    return subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, timeout=300, check=False
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


def version_only(path: Path, version: str) -> Path:
    """A Python that says this version, whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


def test_another_python_than_the_one_that_is_set_up_is_told(clone: Path) -> None:
    version_only(clone / ".venv/bin/python", "3.11")
    other = version_only(clone / "python", "3.12")
    ended = make(clone, "setup", f"PYTHON={other}")
    told = f"PYTHON={other} is Python 3.12 but .venv has 3.11: `make clean` first\n"
    assert (ended.stdout, ended.returncode) == (told, 2)
    version_only(other, "3.11")
    assert make(clone, "same-python", f"PYTHON={other}").returncode == 0


def test_where_nothing_is_set_up_there_is_nothing_to_export_or_to_stop(clone: Path) -> None:
    ended = make(clone, "-s", "local-env")
    assert ended.stdout == "false # nothing is exported\n"
    assert ended.stderr.startswith("nothing is set up here yet: `make deploy-local` does that too\n")
    assert ended.returncode == 2
    ended = make(clone, "stop-local")
    assert (ended.stdout, ended.returncode) == ("no embedded AWS is running: nothing is set up here\n", 0)


def test_a_port_is_handed_on_only_where_somebody_chose_one(clone: Path) -> None:
    asked = [make(clone, "-n", "deploy-local", *words).stdout.splitlines()[-1] for words in ([], ["PORT="])]
    assert asked[0].endswith('cli.local deploy  --environment "dev"')
    assert asked[1].endswith('cli.local deploy --port "" --environment "dev"')


def test_a_port_that_a_web_shell_exports_is_told_as_that(clone: Path) -> None:
    """Without the set-up, of which a clone has none."""
    told = "port 8080, as this shell's variable PORT says: `unset PORT` for the usual one\n"
    setup = ("-o", "setup", "deploy-local")
    assert make(clone, *setup, PORT="8080").stdout == told
    assert make(clone, *setup, "PORT=8080").stdout == make(clone, *setup).stdout == ""


@pytest.mark.parametrize(("has_pip", "made"), [(False, True), (True, False)])
def test_a_venv_that_was_interrupted_before_it_had_its_pip_is_made_anew(
    clone: Path, has_pip: bool, made: bool
) -> None:
    log = clone / "log"
    venv = clone / ".venv" / "bin" / "python"
    venv.parent.mkdir(parents=True)
    for python, fails_at in ((venv, "pip install" if has_pip else "pip"), (clone / "python", "venv --clear")):
        python.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *"{fails_at}"*) exit 1;; esac\n')
        python.chmod(0o755)
    assert make(clone, "setup", f"PYTHON={clone / 'python'}").returncode == 2
    assert ("-m venv --clear .venv" in log.read_text()) is made
