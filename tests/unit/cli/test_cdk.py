"""The CDK's tool as a child process: what it prints is told, what it needs is named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from cli import cdk
from cli.session import CommandError

TOOL = """#!/bin/sh
printf 'folder %s\\n' "$PWD"
printf '\\033[32mcoloured\\033[0m\\n\\n'
echo "quiet $CDK_DISABLE_CLI_TELEMETRY"
touch "$TMPDIR/jsii-kernel-left"
echo "$TMPDIR" > "$CDK_TMPDIR_NOTE"
printf ' ✅  lifecycle-dev-foundation\n ✅  lifecycle-dev-training (no changes)\n'
shift
echo "$@"
exit "${CDK_ENDS_WITH:-0}"
"""


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python whose folder has a node that is a shell script, and a project with the CDK's tool in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tool = tmp_path / "node_modules" / "aws-cdk" / "bin" / "cdk"
    tool.parent.mkdir(parents=True)
    tool.touch()
    script = folder / "node"
    script.write_text(TOOL)
    script.chmod(0o755)
    monkeypatch.setattr(cdk, "ROOT", tmp_path)
    monkeypatch.setenv("CDK_TMPDIR_NOTE", str(tmp_path / "tmpdir"))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return script


def told(*arguments: str, folder: Path) -> list[str]:
    lines: list[str] = []
    cdk.run(list(arguments), lines.append, folder=folder)
    return lines


def test_each_line_is_told_without_colour(node: Path, tmp_path: Path) -> None:
    assert told("deploy", "x", folder=tmp_path) == [
        f"folder {tmp_path}",
        "coloured",
        "quiet true",
        " ✅  lifecycle-dev-foundation",
        " ✅  lifecycle-dev-training (no changes)",
        "--no-notices --no-color deploy x",
    ]


def test_bootstrap_and_deploy_ask_for_nothing(node: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path))
    lines: list[str] = []
    cdk.bootstrap("123456789012", "eu-west-1", lines.append, tmp_path)
    assert lines[-1].endswith(" bootstrap aws://123456789012/eu-west-1")
    cdk.deploy_all("prod", lines.append, lambda _stack: None)
    said, _, rest = lines[-1].partition(" --output ")
    assert said.endswith(" deploy --all --require-approval never --no-lookups")
    assert rest.endswith(f" -c environment=prod -c models={tmp_path}")


def test_each_finished_stack_is_told(node: Path) -> None:
    done: list[str] = []
    cdk.deploy_all("dev", lambda _line: None, done.append)
    assert done == ["lifecycle-dev-foundation", "lifecycle-dev-training"]


def test_what_the_tool_leaves_in_the_temporary_folder_is_removed(node: Path, tmp_path: Path) -> None:
    told("deploy", folder=tmp_path)
    temporary = Path((tmp_path / "tmpdir").read_text().strip())
    assert temporary.name.startswith("tmp")
    assert not temporary.exists()


def test_a_failure_is_an_error_with_the_last_lines(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_ENDS_WITH", "7")
    with pytest.raises(CommandError) as caught:
        told("deploy", folder=tmp_path)
    assert str(caught.value).startswith(f"folder {tmp_path}\n")
    assert str(caught.value).endswith("--no-notices --no-color deploy\n(cdk deploy ended with 7)")


def test_a_failure_of_a_stack_is_what_the_error_begins_with(node: Path, tmp_path: Path) -> None:
    node.write_text("#!/bin/sh\necho building\necho ' ❌  lifecycle-dev-x failed: no room'\nexit 1\n")
    with pytest.raises(CommandError) as caught:
        told("deploy", "--output", "/tmp/x", folder=tmp_path)
    assert str(caught.value) == " ❌  lifecycle-dev-x failed: no room\n(cdk deploy ended with 1)"


def test_a_missing_node_is_one_line(node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError) as caught:
        told("deploy", folder=tmp_path)
    assert str(caught.value) == "Node.js is not installed: `make setup` puts it into .venv"


def test_a_node_elsewhere_on_the_path_will_do(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    node.rename(elsewhere / "node")
    monkeypatch.setenv("PATH", f"{elsewhere}:/bin:/usr/bin")
    assert "coloured" in told("deploy", folder=tmp_path)


def test_a_missing_cdk_tool_is_one_line(node: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "aws-cdk" / "bin" / "cdk").unlink()
    with pytest.raises(CommandError) as caught:
        told("deploy", folder=tmp_path)
    assert str(caught.value) == (
        "the CDK command-line tool is not installed: `make setup` puts it into node_modules"
    )


def test_an_interruption_ends_the_tool(node: Path, tmp_path: Path) -> None:
    node.write_text("#!/bin/sh\necho started\nexec sleep 60\n")

    def interrupted(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # and not after 60 seconds
        cdk.run(["deploy"], interrupted, folder=tmp_path)
