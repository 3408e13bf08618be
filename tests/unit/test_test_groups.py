"""`make test` runs every test, each in one group."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# The slow ones of `make verify`.
LEFT_OUT = PROJECT / "tests" / "verify"


def _groups() -> list[str]:
    text = (PROJECT / "Makefile").read_text().replace("\\\n", "")
    [line] = re.findall(r"^TEST_GROUPS := (.*)$", text, re.MULTILINE)
    return line.split()


def _files(group: str) -> list[Path]:
    """The test files of a group, by what `make` would give to pytest."""
    command = ["make", "--dry-run", "--no-print-directory", group]
    # These tests are run by a make that this one is no part of.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    said = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    _, _, given = said.splitlines()[-1].partition(f"cache_dir=.pytest_cache/{group} ")
    paths = [PROJECT / path for path in given.split()]
    return [file for path in paths for file in ([path] if path.is_file() else path.rglob("test_*.py"))]


def test_every_test_belongs_to_one_group() -> None:
    found = Counter(file for group in _groups() for file in _files(group))
    wanted = [file for file in (PROJECT / "tests").rglob("test_*.py") if LEFT_OUT not in file.parents]
    assert found == Counter(wanted)


def test_what_is_deployed_for_a_models_life_is_torn_down_last() -> None:
    """The folder's files share one deployment, and pytest takes them by name."""
    files = sorted((PROJECT / "tests" / "integration" / "life").glob("test_*.py"))
    assert files[-1].name == "test_teardown.py"
