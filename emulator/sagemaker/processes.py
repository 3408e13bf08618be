"""Containers' processes. None outlives the emulator: it stops them, or the kernel does when it dies."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The kernel's parent-death signal is tied to the thread that started the child, so one thread that lives
# as long as the emulator starts them all. prctl(1) is PR_SET_PDEATHSIG; it survives the exec.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sagemaker-starter")
_TIED = (
    "import ctypes, os, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, int(sys.argv[1]))\n"
    "if os.getppid() != int(sys.argv[2]): sys.exit(1)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)
_running: set[subprocess.Popen[bytes]] = set()


def start(
    command: Sequence[str],
    *,
    environment: dict[str, str],
    folder: Path,
    orphaned: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Run ``command`` in its own session, standard output and error in one pipe.

    ``command[0]`` is a full path. ``orphaned`` is what the process gets when the emulator dies.
    """
    tied = [sys.executable, "-I", "-S", "-c", _TIED, str(int(orphaned)), str(os.getpid()), *command]

    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            tied,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    process = _starter.submit(launch).result()
    _running.add(process)
    return process


def end(process: subprocess.Popen[bytes], grace_seconds: float = 2.0) -> None:
    """Stop the process and all that it started: asked first, then killed."""
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()
    _signal_group(process, signal.SIGKILL)  # what it left behind in its session
    _running.discard(process)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all gone already
        os.killpg(process.pid, number)


@atexit.register
def end_all() -> None:
    """Kill every process that is still running, at once."""
    for process in list(_running):
        _signal_group(process, signal.SIGKILL)
    for process in list(_running):
        end(process, grace_seconds=0)


def usage(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """(CPU seconds so far, resident bytes) of the process and its children; zeros where /proc is missing."""
    cpu, resident = 0.0, 0
    ticks = os.sysconf("SC_CLK_TCK")
    for stat in _session_stats(process.pid):
        cpu += (int(stat[11]) + int(stat[12])) / ticks
        resident += int(stat[21]) * os.sysconf("SC_PAGE_SIZE")
    return cpu, resident


def _session_stats(session: int) -> list[list[str]]:
    found: list[list[str]] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):  # a process that ended meanwhile
            fields = entry.read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                found.append(fields)
    return found


def total_memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
