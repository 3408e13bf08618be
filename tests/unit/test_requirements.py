"""What the project imports comes with what it installs: a package that only the tests bring is not there."""

from __future__ import annotations

import ast
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
# Rooms, and the files with all that may be imported there. What runs in containers and functions has its own.
ROOMS = {
    "app.py": ["requirements.txt"],
    "stacks": ["requirements.txt"],
    "constructs": ["requirements.txt"],
    "cli": ["requirements.txt", "requirements-local.txt"],
    "emulator": ["requirements.txt", "requirements-local.txt"],
}
OURS = {path.stem for path in ROOT.iterdir()} | {
    path.stem for room in ("algorithms", "constructs", "lambda") for path in (ROOT / room).iterdir()
}


def asked_for(file: str) -> list[Requirement]:
    lines = (ROOT / file).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def closure(wanted: list[Requirement]) -> set[str]:
    """The distributions that pip installs for these."""
    found: set[tuple[str, frozenset[str]]] = set()
    rest = list(wanted)
    while rest:
        one = rest.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        if (name, extras) in found:
            continue
        found.add((name, extras))
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            environments = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(each) for each in environments):
                rest.append(needed)
    return {name for name, _ in found}


def imported(room: Path) -> dict[str, Path]:
    """Top-level modules that are imported, each with a file that does it."""
    found: dict[str, Path] = {}
    for path in [room] if room.is_file() else room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0]: path for name in names}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_imports_is_installed_without_the_tests(room: str) -> None:
    installed = closure([one for file in ROOMS[room] for one in asked_for(file)])
    brought_by = metadata.packages_distributions()
    missing = {
        name: str(path.relative_to(ROOT))
        for name, path in imported(ROOT / room).items()
        if name not in sys.stdlib_module_names and name not in OURS
        if not {canonicalize_name(each) for each in brought_by.get(name, [])} & installed
    }
    assert missing == {}


def test_a_package_that_only_the_tests_bring_is_missed() -> None:
    assert "pytest" not in closure(asked_for("requirements.txt") + asked_for("requirements-local.txt"))
    assert {"boto3", "botocore", "urllib3"} <= closure(asked_for("requirements.txt"))
