"""AWS's scikit-learn serving, started by AWS's own code as its image starts it, but for nginx before it.

For bench/ and tests/verify. Needs the environment of `make verify`, with AWS's packages.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[1] / ".venv-verify" / "bin" / "python"
# The image's command `serve` (sagemaker_containers/cli/serve.py): it installs what SAGEMAKER_PROGRAM names,
# if anything, and starts gunicorn. The image patches the package, too: Python has no collections.Mapping now.
SERVE = """import collections, collections.abc
collections.Mapping = collections.abc.Mapping
from sagemaker_containers.cli.serve import main
main()
"""
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A server that runs: its port, and the process that started all others."""

    port: int
    process: int

    def cpu(self) -> float:
        """Seconds of CPU that gunicorn and its workers have used."""
        # Fields 14 and 15 of /proc/PID/stat, counted behind the name in brackets: proc(5).
        stats = [
            Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            for one in _descendants(self.process)
        ]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(application: str, environment: Mapping[str, str], log: Path) -> Generator[Server, None, None]:
    """The WSGI application (`module:name`) under gevent, a worker a core; stopped at the end.

    environment: what the endpoint's container is given, besides this process's own. log: of all processes.
    Raises RuntimeError with the end of the log when it does not answer /ping.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given = {
        **os.environ,
        "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",
        # As protobuf advises for code that it made before.
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
        **environment,
        "SAGEMAKER_SERVING_MODULE": application,
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_USE_NGINX": "false",
    }
    command = [str(PYTHON), "-c", SERVE]
    with log.open("wb") as stream:
        server = subprocess.Popen(
            command, env=given, cwd=log.parent, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        _wait(port, server, log)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=STOP_SECONDS)
        # What AWS's code left behind, as when it was ended before it had heard of gunicorn.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.1)


def _descendants(process: int) -> Iterator[int]:
    for child in map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()):
        yield child
        yield from _descendants(child)
