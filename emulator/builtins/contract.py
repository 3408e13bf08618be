"""The container contract that AWS's own algorithms share: /opt/ml below SAGEMAKER_BASE_DIR, and HTTP."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Predict = Callable[[bytes, str, str], tuple[int, str, bytes]]
"""(body, content type, accept) -> (status, content type, body)."""


class UserError(Exception):
    """What the user can mend; the text is the container's."""


class Job:
    """A training job, as its container sees it."""

    def __init__(self) -> None:
        self.base = Path(os.environ["SAGEMAKER_BASE_DIR"])
        self.model = self.base / "model"
        self.hyperparameters: dict[str, str] = self._config("hyperparameters")
        self.channels: dict[str, dict[str, str]] = self._config("inputdataconfig")
        resources = self._config("resourceconfig")
        self.host: str = resources["current_host"]
        self.hosts: list[str] = resources["hosts"]

    def _config(self, name: str) -> Any:
        return json.loads((self.base / "input" / "config" / f"{name}.json").read_text())

    @property
    def is_first(self) -> bool:
        """Whether this instance is the one that speaks for all."""
        return self.host == self.hosts[0]

    @property
    def bases(self) -> list[Path]:
        """What ``base`` is on each of ``hosts``, in their order: they all are on this machine."""
        return [Path(path) for path in os.environ["EMULATOR_HOST_FOLDERS"].split(os.pathsep)]

    def content_type(self, channel: str, default: str) -> str:
        """The channel's content type, without parameters."""
        return self.channels[channel].get("ContentType", default).partition(";")[0].strip().lower()

    def files(self, channel: str) -> list[Path]:
        """The channel's files on this instance."""
        folder = self.base / "input" / "data" / channel
        return sorted(path for path in folder.rglob("*") if path.is_file())

    def fail(self, reason: str) -> None:
        """Leave the reason where SageMaker looks for it."""
        (self.base / "output" / "failure").write_text(reason)


def csv_matrix(text: str, source: str) -> Matrix:
    """Rows of numbers; an empty cell is NaN. Raises UserError naming the first cell that is no number."""
    rows: list[list[float]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(",")]
        try:
            rows.append([float(cell) if cell else float("nan") for cell in cells])
        except ValueError as error:
            raise UserError(f"Non-numeric value found in {source}: {line[:100]!r} ({error})") from error
        if len(rows[-1]) != len(rows[0]):
            raise UserError(f"{source}: row {len(rows)} has {len(rows[-1])} columns, not {len(rows[0])}")
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def application(predict: Predict) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """A WSGI application that answers /ping, and /invocations through ``predict``."""

    def respond(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == "/ping" and method == "GET":
            status, kind, body = 200, "text/plain", b""
        elif path == "/invocations" and method == "POST":
            status, kind, body = _predicted(predict, environ)
        else:
            status, kind, body = 404, "text/plain", b""
        start_response(f"{status} ", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return respond


def _predicted(predict: Predict, environ: dict[str, Any]) -> tuple[int, str, bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        return predict(body, environ.get("CONTENT_TYPE", ""), environ.get("HTTP_ACCEPT", ""))
    except Exception:
        traceback.print_exc()
        return 500, "text/plain", b"Internal Server Error"
