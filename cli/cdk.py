"""The CDK's own command-line tool, run as a user would run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.session import ROOT, CommandError, models_folder

Tell = Callable[[str], None]

_QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FAILED = "❌"
"""How the tool begins its word on a stack that failed."""
_DEPLOYED = re.compile(r"✅\s+(\S+)")
"""How the tool says that a stack is done: `✅  lifecycle-dev-training`, also where nothing had to change."""


def run(arguments: list[str], tell: Tell, *, folder: Path = ROOT) -> None:
    """Run ``cdk <arguments>``, telling each line that it prints.

    Raises CommandError, which begins with the reason, when it fails, and without Node or the tool.
    """
    node = Path(sys.executable).with_name("node")
    tool = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if not node.exists() and not shutil.which("node"):
        raise CommandError("Node.js is not installed: `make setup` puts it into .venv")
    if not tool.exists():
        raise CommandError(
            "the CDK command-line tool is not installed: `make setup` puts it into node_modules"
        )
    command = [str(node) if node.exists() else "node", str(tool), "--no-notices", "--no-color", *arguments]
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        tell(line)

    # The CDK's kernel leaves its folder behind when it is interrupted.
    with TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        code = _follow(command, folder, _environment(temporary), hear)
    if code:
        raise CommandError("\n".join([*_reason(lines), f"(cdk {arguments[0]} ended with {code})"]))


def _reason(lines: list[str]) -> list[str]:
    """What the tool printed from its first failure on, else at its end; 25 lines at most."""
    failed = next((number for number, line in enumerate(lines) if _FAILED in line), None)
    return lines[-25:] if failed is None else lines[failed : failed + 25]


def _environment(temporary: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **_QUIET, "PATH": path, "TMPDIR": temporary}


def _follow(command: list[str], folder: Path, environment: dict[str, str], tell: Tell) -> int:
    """Tell each line that is not empty, as it comes; answers the exit code."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for raw in process.stdout:
                line = _COLOUR.sub("", raw).rstrip()
                if line:
                    tell(line)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode


def bootstrap(account: str, region: str, tell: Tell, folder: Path) -> None:
    """`cdk bootstrap`, from a folder without a cdk.json, which saves it a synth."""
    run(["bootstrap", f"aws://{account}/{region}"], tell, folder=folder)


def deploy_all(environment: str, tell: Tell, deployed: Tell, *, only: str | None = None) -> None:
    """`cdk deploy --all`: synthesizes, publishes assets, creates or updates every stack.

    deployed: told the name of each stack when it is done. only: the one model to deploy; default: all.
    """

    def hear(line: str) -> None:
        tell(line)
        if done := _DEPLOYED.search(line):
            deployed(done[1])

    context = ["-c", f"environment={environment}", "-c", f"models={models_folder()}"]
    context += ["-c", f"only={only}"] if only else []
    # Not cdk.out, which belongs to whoever calls the tool by hand meanwhile.
    with TemporaryDirectory() as assembly:
        options = ["--require-approval", "never", "--no-lookups", "--output", assembly]
        run(["deploy", "--all", *options, *context], hear)
