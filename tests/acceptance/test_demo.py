"""`make demo` as a newcomer runs it, in processes of its own, with the CDK's command-line tool."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 480
"""More than three times what the demo takes on two cores."""


def missing_setup(root: Path) -> str | None:
    """Why the demo cannot run from this folder, None when it can."""
    tool = root / "node_modules" / "aws-cdk" / "bin" / "cdk"
    return None if tool.exists() else f"{tool} is missing: run `make setup` first"


@contextmanager
def demo() -> Iterator[subprocess.Popen[str]]:
    """A demo that runs, in a session of its own as under a terminal; ended where the test leaves it."""
    reason = missing_setup(ROOT)
    if reason:
        pytest.fail(reason)
    with subprocess.Popen(
        [sys.executable, "-m", "cli.demo"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C, and the demo with them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        timer = threading.Timer(SECONDS, process.terminate)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def emulators_of(pid: int) -> list[int]:
    """The emulators that a process has started."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and b"-m\0emulator\0" in _read(entry / "cmdline"):
            parent = _read(entry / "stat").rpartition(b")")[2].split()[1:2]
            found.extend([int(entry.name)] if parent == [b"%d" % pid] else [])
    return found


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_without_the_set_up_it_is_told_what_to_run(tmp_path: Path) -> None:
    assert (
        missing_setup(tmp_path)
        == f"{tmp_path}/node_modules/aws-cdk/bin/cdk is missing: run `make setup` first"
    )


def test_ctrl_c_ends_everything_at_once_and_is_130() -> None:
    with demo() as process:
        assert process.stdout
        for line in process.stdout:
            if "cdk bootstrap" in line:
                break
        running = emulators_of(process.pid)
        assert len(running) == 1
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the CDK's process gets it too
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 130, rest
    assert "stopped; nothing is left behind" in rest
    assert "Traceback" not in rest
    assert [pid for pid in running if Path(f"/proc/{pid}").exists()] == []


def test_the_whole_life_holds_also_after_an_interrupted_one() -> None:
    with demo() as process:
        assert process.stdout
        told = process.stdout.read()
        status = process.wait(timeout=60)
        assert status == 0, told[-6000:]
    lines = told.splitlines()
    for shown in (
        "  validation:rmse = ",
        "gate: validation:rmse ",
        ":model-package/lifecycle-dev-house-prices/1, Approved",
        "CREATE_COMPLETE ",
        "v2 is live on dev-house-prices",
        "v1 is live again",
        "no endpoint, job, bucket, table, key, alarm, dashboard or image repository",
    ):
        assert [line for line in lines if shown in line], shown
    assert lines.count("prediction: 360000") == 3
    titles = [line.split(maxsplit=2)[2] for line in lines if line.startswith("▸")]
    table = lines[lines.index("seconds a step") :]
    assert [any(title in row and re.search(r"\d\.\d\b", row) for row in table) for title in titles] == [
        True
    ] * len(titles)
    assert lines[-1] == "all of it held"
