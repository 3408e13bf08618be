"""The hosts of a job train one model: the library's own collective, all of it on this machine."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from emulator.builtins.contract import Job
from emulator.builtins.xgboost_library import RabitTracker, xgb

_ADDRESS = "xgboost-tracker.json"
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def together(job: Job) -> Generator[None]:
    """Inside, ``xgb.train`` works on the rows of all hosts. The first one leads, and leaves last.

    Without ``wait_for`` the tracker goes with its process, and a host that is a moment late would ask for it
    again and again, with ever longer pauses (``Connect`` in xgboost's src/collective/socket.cc).
    """
    if len(job.hosts) == 1:
        yield
    elif job.is_first:
        tracker = RabitTracker(n_workers=len(job.hosts), host_ip="127.0.0.1")
        tracker.start()
        address = cast(dict[str, Any], tracker.worker_args())
        _publish(job.base / _ADDRESS, address)
        with _communicator(job, address):
            yield
        tracker.wait_for()
    else:
        with _communicator(job, _published(job.bases[0] / _ADDRESS)):
            yield


def _communicator(job: Job, address: dict[str, Any]) -> xgb.collective.CommunicatorContext:
    return xgb.collective.CommunicatorContext(**address, dmlc_task_id=job.host)


def _publish(path: Path, address: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(address))
    partial.rename(path)


def _published(path: Path) -> dict[str, Any]:
    """Waits as long as it takes: a job whose first host has failed is ended by SageMaker."""
    while not path.exists():
        time.sleep(_POLL_SECONDS)
    return json.loads(path.read_text())
