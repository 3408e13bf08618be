"""The emulator as a process of its own: started, found again, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cli.session import ROOT, CommandError

STATE = ROOT / ".local"
"""Where a local deploy keeps its process id and log; git ignores it."""

DEFAULT_PORT = 4566
HIGHEST_PORT = 65535
START_SECONDS = 60
REGION = "us-east-1"

OF_ACCOUNTS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
"""Variables that lead to a real account; one that names a profile that is not there stops every client."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this process started: only their parent can tell that they have ended."""


@dataclass(frozen=True)
class EmbeddedAws:
    """A running emulator."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What sends any AWS client to it. The credentials are dummies: any key is the administrator's."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def point_here(self) -> None:
        """Make this process, and those that it starts, speak to it and to nothing else."""
        for name in leading_elsewhere():
            del os.environ[name]
        os.environ.update(self.environment)


def start(port: int, *, log: Path, with_parent: bool) -> EmbeddedAws:
    """Start one and wait until it answers. ``port`` 0 takes a free one.

    Raises CommandError when the port cannot be had, or when the process ends, with its log's last lines.
    """
    port = port or _free_port()
    _refuse_port(port)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "emulator", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--with-parent", str(os.getpid())] if with_parent else command,
            cwd=ROOT,
            env=_without_accounts(),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _children[process.pid] = process
    running = EmbeddedAws(port, process.pid)
    try:
        if _wait(running, process):
            return running
    except BaseException:  # Ctrl-C while it starts
        stop(running)
        raise
    stop(running)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise CommandError(f"the emulator did not start:\n{tail}\n(the whole log: {log})")


def _without_accounts() -> dict[str, str]:
    elsewhere = leading_elsewhere()
    return {name: value for name, value in os.environ.items() if name not in elsewhere}


def leading_elsewhere() -> tuple[str, ...]:
    """Those of this process's variables that lead to an account, or a service of it, elsewhere."""
    return tuple(name for name in os.environ if name in OF_ACCOUNTS or name.startswith("AWS_ENDPOINT_URL"))


def _wait(running: EmbeddedAws, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(running):
            return True
        time.sleep(0.1)
    return False


def running_one() -> EmbeddedAws | None:
    """The one that a local deploy started and that still answers."""
    found = _remembered()
    return found if found and answers(found) else None


def _remembered() -> EmbeddedAws | None:
    try:
        state = json.loads((STATE / "emulator.json").read_text())
        return EmbeddedAws(int(state["port"]), int(state["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(running: EmbeddedAws) -> None:
    """Let ``running_one`` find it."""
    STATE.mkdir(exist_ok=True)
    (STATE / "emulator.json").write_text(json.dumps({"port": running.port, "pid": running.pid}))


def stop(running: EmbeddedAws, seconds: float = 15) -> None:
    """End it and what it started; by force when it does not go within ``seconds``."""
    deadline = time.monotonic() + seconds
    _signal(running.pid, signal.SIGTERM)
    while _signal(running.pid, 0):
        if time.monotonic() > deadline:
            _signal(running.pid, signal.SIGKILL)
        time.sleep(0.05)
    if _remembered() == running:  # not when the one of a demo ends
        (STATE / "emulator.json").unlink(missing_ok=True)


def _signal(pid: int, number: int) -> bool:
    """Whether the process is there to get it."""
    child = _children.get(pid)
    if child and child.poll() is not None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def answers(running: EmbeddedAws) -> bool:
    """Whether it is up: an emulator, and the very process, as both a port and a process id come again."""
    try:
        with urllib.request.urlopen(f"{running.url}/_emulator/health", timeout=2) as response:
            told = json.load(response)
            return told == {"emulator": "sagemaker-lifecycle", "pid": running.pid}
    except (urllib.error.URLError, OSError, ValueError):
        return False


def port_named(text: str) -> int:
    """The port that somebody wrote. Raises CommandError for what is none; 0 stands for a free one."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise CommandError(
            f"{text!r} is no port: choose a number from 1 to {HIGHEST_PORT} with PORT=<number>"
        )
    return int(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _refuse_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except PermissionError:
            raise CommandError(
                f"port {port} is reserved for the system: choose another with PORT=<number>"
            ) from None
        except OSError:
            raise CommandError(
                f"port {port} is in use by another program: choose another with PORT=<number>"
            ) from None
