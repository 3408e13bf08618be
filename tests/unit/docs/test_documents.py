"""What the documents tell a reader to type, open and write is there."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.main import app
from sagemaker_lifecycle.model_specs import load_models

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.yml")]
)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def code_in(text: str) -> str:
    """All that is set as code, a piece a line, or the whole of a workflow."""
    pieces = [block for _, block in FENCE.findall(text)]
    return "\n".join([*pieces, *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))])


def slug(heading: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    return dict(group.commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_target_exists(document: Path) -> None:
    text = text_of(document)
    code = text if document.suffix == ".yml" else code_in(text)
    named = set(re.findall(r"(?:^|[\s(])make (?:-s )?([a-z-]+)", code, re.MULTILINE))
    assert named - make_targets() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_lifecycle_command_exists_with_its_options(document: Path) -> None:
    for line in code_in(text_of(document)).splitlines():
        found = re.match(r"\s*(?:\.venv/bin/)?lifecycle ([a-z-]+)(.*)", line)
        if found is None:
            continue
        name, rest = found.groups()
        assert name in commands(), line
        options = {option for parameter in commands()[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)) - options == set(), line


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(text_of(document)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if anchor:
            assert anchor in {slug(heading) for heading in HEADING.findall(file.read_text())}, target


def test_the_readmes_commands_are_all_shown() -> None:
    shown = set(re.findall(r"lifecycle ([a-z]+)", code_in(text_of(Path("README.md")))))
    assert {"status", "upload", "train", "predict", "rotate", "rollback", "park", "wake", "destroy"} <= shown


def test_the_readmes_first_model_is_valid(tmp_path: Path) -> None:
    blocks = {kind: block for kind, block in FENCE.findall(text_of(Path("README.md"))) if kind}
    data = tmp_path / "rent" / "data"
    data.mkdir(parents=True)
    (tmp_path / "rent" / "model.yaml").write_text(re.sub(r"^ {3}", "", blocks["yaml"], flags=re.MULTILINE))
    (data / "flats.csv").write_text(re.sub(r"^ {3}", "", blocks["csv"], flags=re.MULTILINE))
    [model] = load_models(tmp_path)
    assert model.feature_names == ("Area", "Rooms")


def test_the_readmes_first_model_is_about_ten_lines() -> None:
    [yaml] = [block for kind, block in FENCE.findall(text_of(Path("README.md"))) if kind == "yaml"]
    assert len(yaml.splitlines()) <= 12


def test_the_changelogs_newest_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"^## \[(\d[^\]]*)\]", text_of(Path("CHANGELOG.md")), re.MULTILINE)
    assert versions[0] == project["version"]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        assert path.read_text().startswith(f"# {int(path.name[:4])}. ")
