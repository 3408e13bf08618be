"""`python -m emulator` as a process of its own, and the CLI's hold on it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3.session
import pytest

from cli import embedded_aws, local
from cli.embedded_aws import EmbeddedAws
from cli.session import CommandError
from emulator.server import Emulator
from tests.integration.compute.conftest import package

ROOT = Path(__file__).resolve().parents[3]
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"lambda.amazonaws.com"}}]}'
)


def stat(pid: int | str) -> tuple[str, int] | None:
    """The state and the parent of a process, None when there is no such."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1])


def gone(pid: int, seconds: float = 60) -> bool:
    """Whether the process ends in time; a zombie that nobody waits for has ended too."""
    deadline = time.monotonic() + seconds
    while True:
        if (stat(pid) or "Z")[0] == "Z":
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    processes = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [child for child in processes if (stat(child) or ("", 0))[1] == pid]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("localhost", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a local deploy keeps its notes, for this test only."""
    monkeypatch.setattr(embedded_aws, "STATE", tmp_path)
    return tmp_path


@pytest.fixture
def start(state: Path) -> Iterator[Callable[[], EmbeddedAws]]:
    started: list[EmbeddedAws] = []

    def make(port: int = 0) -> EmbeddedAws:
        started.append(embedded_aws.start(port, log=state / "log", with_parent=True))
        return started[-1]

    yield make
    for running in started:
        embedded_aws.stop(running)


def test_a_taken_port_is_an_error_of_the_server(taken: int) -> None:
    with pytest.raises(OSError, match="in use"):
        Emulator(port=taken).start()


def test_a_taken_port_is_one_line_and_exit_1_of_the_process(taken: int) -> None:
    command = [sys.executable, "-m", "emulator", "--port", str(taken)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"port {taken} cannot be listened on: Address already in use")
    assert ended.stderr.count("\n") == 1


def test_it_runs_says_so_and_ends_with_its_children(start: Callable[[], EmbeddedAws], state: Path) -> None:
    running = start()
    with urllib.request.urlopen(f"{running.url}/_emulator/health") as response:
        assert json.load(response) == {"emulator": "sagemaker-lifecycle", "pid": running.pid}
    invoke_a_function(running)
    workers = children(running.pid)
    assert workers
    embedded_aws.stop(running)
    assert embedded_aws._children[running.pid].returncode == 0
    assert [pid for pid in workers if not gone(pid)] == []
    assert f"listening on {running.url}" in (state / "log").read_text()


def invoke_a_function(running: EmbeddedAws) -> None:
    session = boto3.session.Session("key", "secret", region_name="us-east-1")

    def client(service: str) -> Any:
        chosen: Any = session.client
        return chosen(service, endpoint_url=running.url)

    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package("def handler(event, context): return event")},
    )
    assert client("lambda").invoke(FunctionName="f", Payload=b"1")["Payload"].read() == b"1"


def test_one_that_belongs_to_a_process_ends_with_it(state: Path) -> None:
    source = (
        "import pathlib, sys; from cli import embedded_aws as e; "
        "print(e.start(0, log=pathlib.Path(sys.argv[1]), with_parent=True).pid, flush=True); "
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source, str(state / "log")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()  # it has no chance to clean up
    assert gone(pid)


def test_a_signal_that_another_of_its_threads_took_ends_it_too(start: Callable[[], EmbeddedAws]) -> None:
    """Python runs a handler in the main thread, which such a signal does not wake."""
    pid = start().pid
    thread = next(int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir() if int(entry.name) != pid)
    assert ctypes.CDLL(None).tgkill(pid, thread, int(signal.SIGTERM)) == 0
    assert gone(pid)


def test_a_local_one_is_found_again_and_stopped_once(
    start: Callable[[], EmbeddedAws], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = start()
    embedded_aws.remember(running)
    assert embedded_aws.running_one() == running
    assert run(monkeypatch, "env") == 0
    assert f"export AWS_ENDPOINT_URL={running.url}\n" in capsys.readouterr().out
    assert run(monkeypatch, "deploy", "--port", "1") == 1
    told = f"PORT=1: an embedded AWS is running on port {running.port}. Without PORT the deploy goes there; "
    assert capsys.readouterr().err.startswith(told)
    assert [run(monkeypatch, "stop"), run(monkeypatch, "stop")] == [0, 0]
    assert capsys.readouterr().out == "stopped; all that it held is gone\nno embedded AWS is running\n"
    assert run(monkeypatch, "env") == 1
    told = capsys.readouterr()
    assert told.err == "no embedded AWS is running: `make deploy-local` starts one\n"
    assert told.out == "false # nothing is exported\n"  # what `eval` then runs, so that it fails too


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["cli.local", *words])
    return local.main()


def test_a_note_of_another_process_on_the_same_port_is_stale(emulator: Emulator, state: Path) -> None:
    port = int(emulator.url.rpartition(":")[2])
    embedded_aws.remember(EmbeddedAws(port, os.getpid()))
    assert embedded_aws.running_one() == EmbeddedAws(port, os.getpid())
    embedded_aws.remember(EmbeddedAws(port, os.getppid()))
    assert embedded_aws.running_one() is None


def test_one_that_is_interrupted_while_it_starts_is_not_left_behind(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(running: EmbeddedAws) -> bool:
        raise KeyboardInterrupt

    before = set(embedded_aws._children)
    monkeypatch.setattr(embedded_aws, "answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        embedded_aws.start(0, log=state / "log", with_parent=True)
    (pid,) = set(embedded_aws._children) - before
    assert gone(pid, 0)


def test_one_that_does_not_start_says_why(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_TIME_SCALE", "fast")
    with pytest.raises(CommandError, match="EMULATOR_TIME_SCALE is 'fast'; allowed is a number, 0 or more"):
        embedded_aws.start(0, log=state / "log", with_parent=True)


def test_a_profile_that_is_not_there_does_not_matter(
    start: Callable[[], EmbeddedAws], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    assert embedded_aws.answers(start())


def test_a_taken_port_is_told_before_anything_starts(
    taken: int, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "deploy", "--port", str(taken)) == 1
    message = f"port {taken} is in use by another program: choose another with PORT=<number>\n"
    assert capsys.readouterr().err == message
    assert list(state.iterdir()) == []
