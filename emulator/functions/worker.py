"""One execution environment: a process that runs one version of one function, an event at a time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from emulator import aws
from emulator.functions import code
from emulator.functions.model import Version

INIT_SECONDS = 30.0
"""How long the import of the handler may take. AWS allows 10 s, then starts over inside the invocation."""
_BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
_MEMORY_CHECK_SECONDS = 0.1


class WorkerDied(Exception):
    """The process ended by itself, or took more memory than declared; the text is AWS's for it."""


class WorkerTimedOut(Exception):
    """The function ran into its time-out."""


class Worker:
    """Starts the process; ``initialize`` then imports the handler, ``run`` answers one event."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.revision = version.revision
        self.credentials = aws.assume(version.role, version.name, version.region)
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{version.number}]{uuid4().hex}"
        self.idle_since = time.monotonic()
        self.init_ms = 0.0
        self._marker = uuid4().hex
        self._lines: list[str] = []
        self._drained = threading.Event()
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _BOOTSTRAP, str(code.runtime_libraries())],
                cwd=version.code.root,
                env=self._environment(write_end),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(write_end,),
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        self._answers = read_end
        self._buffer = bytearray()
        self._reader = threading.Thread(target=self._read_output, daemon=True, name=f"output-{version.name}")
        self._reader.start()

    def _environment(self, answers: int) -> dict[str, str]:
        version, settings = self.version, self.version.configuration
        logging = settings.get("LoggingConfig", {})
        as_json = logging.get("LogFormat") == "JSON"
        return {
            **settings.get("Environment", {}).get("Variables", {}),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "en_US.UTF-8",
            "PYTHONUTF8": "1",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": aws.endpoint_url(),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_SESSION_TOKEN": self.credentials.session_token,
            "AWS_REGION": version.region,
            "AWS_DEFAULT_REGION": version.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings['Runtime']}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": version.name,
            "AWS_LAMBDA_FUNCTION_VERSION": version.number,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup", f"/aws/lambda/{version.name}"),
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "LAMBDA_TASK_ROOT": str(version.code.root),
            "_HANDLER": settings["Handler"],
            "EMULATOR_ANSWERS": str(answers),
            "EMULATOR_MARKER": self._marker,
            "EMULATOR_LOG_FORMAT": logging.get("LogFormat", "Text"),
            "EMULATOR_LOG_LEVEL": logging.get("ApplicationLogLevel", "INFO") if as_json else "",
        }

    def initialize(self) -> dict[str, Any] | None:
        """Import the handler; AWS's error when that fails. Raises WorkerDied or WorkerTimedOut."""
        began = time.monotonic()
        failed, payload = self._answer(began + INIT_SECONDS, self.version.memory)
        self.init_ms = (time.monotonic() - began) * 1000
        return json.loads(payload) if failed else None

    def run(self, payload: str, request: dict[str, Any]) -> tuple[bool, str]:
        """(error flag, answer) of one event. Raises WorkerDied or WorkerTimedOut; then kill it."""
        deadline = time.monotonic() + self.version.timeout
        message = {**request, "payload": payload, "deadline": time.time() + self.version.timeout}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerDied(self._exit_reason()) from None
        return self._answer(deadline, self.version.memory)

    def _answer(self, deadline: float, memory_mb: int) -> tuple[bool, str]:
        while b"\n" not in self._buffer[-1:]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerTimedOut
            ready, _, _ = select.select([self._answers], [], [], min(left, _MEMORY_CHECK_SECONDS))
            if ready:
                chunk = os.read(self._answers, 1 << 20)
                if not chunk:
                    raise WorkerDied(self._exit_reason())
                self._buffer += chunk
            elif self._resident_mb() > memory_mb:
                self.kill()
                raise WorkerDied("signal: killed")
        failed, payload = json.loads(self._buffer)
        self._buffer.clear()
        self._drained.wait(1)
        self._drained.clear()
        return failed, payload

    def _exit_reason(self) -> str:
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "signal: killed"
        return f"exit status {status}" if status >= 0 else "signal: killed"

    def _resident_mb(self) -> float:
        try:
            with open(f"/proc/{self._process.pid}/statm", encoding="ascii") as statm:
                return int(statm.read().split()[1]) * _PAGE_KB / 1024
        except (OSError, IndexError):  # gone, or a system without /proc: no limit is watched
            return 0.0

    def peak_mb(self) -> int:
        """Most memory ever resident, in MB (0 where the system does not tell)."""
        try:
            with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
                peak = next((line for line in status if line.startswith("VmHWM")), "VmHWM: 0 kB")
        except OSError:
            return 0
        return int(peak.split()[1]) // 1024

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.endswith(self._marker):
                if line != self._marker:
                    self._lines.append(line.removesuffix(self._marker))
                self._drained.set()
            else:
                self._lines.append(line)

    def take_output(self) -> list[str]:
        """What the function printed since the last call, by lines."""
        lines, self._lines = self._lines, []
        return lines

    def kill(self) -> None:
        """End the process now; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        if self._reader is not threading.current_thread():
            self._reader.join(timeout=1)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1
