"""A container does not outlive an emulator that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from .conftest import wait_for

_PARENT = """
import signal, sys
from pathlib import Path
from emulator.sagemaker import processes

command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(300)"]
process = processes.start(command, environment={}, folder=Path("/"), orphaned=signal.SIGTERM)
process.stdout.readline()  # from here on, only the kernel can end it
print(process.pid, flush=True)
signal.pause()
"""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_emulator_leaves_no_container() -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _runs(child)
        os.kill(parent.pid, signal.SIGKILL)
    wait_for(lambda: _runs(child), lambda runs: not runs)
