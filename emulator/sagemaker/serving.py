"""A container that serves a model: its own code under gunicorn, as AWS's scikit-learn image does."""

from __future__ import annotations

import http.client
import logging
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from botocore.exceptions import ClientError

from emulator.sagemaker import containers, images, models, processes, serving_program
from emulator.sagemaker.journal import Journal, follow
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession, download

log = logging.getLogger("emulator.sagemaker")
MODEL_TIMEOUT_SECONDS = 60.0
"""How long InvokeEndpoint waits for a model (real seconds), from its reference."""
THREADS = 4


def startup_seconds() -> float:
    """Real seconds that a container has to answer /ping with 200; AWS gives 8 minutes."""
    return float(os.environ.get("EMULATOR_PING_TIMEOUT", "60"))


class StartFailed(Exception):
    """The container does not serve; the text is the FailureReason of what it was started for."""


@dataclass(frozen=True)
class Use:
    """What a container serves for.

    log_group, log_stream: where its output goes. served, owner: what refusals call it, and what has its logs:
    "production variant champion", "endpoint". environment: variables besides the model's own, which they win
    over.
    """

    log_group: str
    log_stream: str
    served: str
    owner: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def for_variant(endpoint: str, variant: str) -> Use:
    """One that answers for a variant of an endpoint."""
    stream = f"{variant}/{instance_id()}"
    return Use(
        f"/aws/sagemaker/Endpoints/{endpoint}", stream, f"production variant {variant}", owner="endpoint"
    )


def instance_id() -> str:
    """The name of an instance that there is not."""
    return f"i-{uuid.uuid4().hex[:17]}"


@dataclass(frozen=True)
class Answer:
    """What a container answered."""

    status: int
    content_type: str
    body: bytes
    custom_attributes: str | None


class _UnixConnection(http.client.HTTPConnection):
    """A connection by a socket file; `timeout` in seconds."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Raises OSError when nobody listens there."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Container:
    """One process that answers /ping and /invocations. One stands for all instances of its use."""

    def __init__(self, model: Params, region: str, use: Use) -> None:
        self._use = use
        self._region = region
        self._model = model
        self.spec = models.resolved_container(region, self._model)
        self.session = RoleSession(self._model["ExecutionRoleArn"], region)
        self._base = Path(tempfile.mkdtemp(prefix="serve-"))
        self._socket = str(self._base / "http.sock")
        self.journal = Journal(self.session, use.log_group, use.log_stream)
        self.process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._idle: queue.LifoQueue[_UnixConnection] = queue.LifoQueue()
        self.stopped = False

    def start(self) -> None:
        """Load the model and wait for its first good /ping. Raises StartFailed, in SageMaker's words."""
        try:
            refusal = images.refusal(self.spec.get("Image"))
            if refusal:
                raise StartFailed(f"Cannot run the image of {self._use.served}: {refusal}.")
            missing = self.session.missing_to_pull(self.spec["Image"])
            if missing:
                raise StartFailed(
                    f"The role '{self.session.role_arn}' does not have {missing.removeprefix('ecr:')} "
                    f"permission for the image: '{self.spec['Image']}'."
                )
            self._load()
            self._launch()
            self._await_ping()
        except StartFailed:
            self.stop()
            raise

    def _load(self) -> None:
        url = self.spec.get("ModelDataUrl")
        target = self._base / "opt" / "ml" / "model"
        target.mkdir(parents=True)
        if not url:
            return
        try:
            archive = self._base / "model.tar.gz"
            download(self.session.client("s3"), url, archive)
            containers.unpack(archive, target)
            archive.unlink()
        except ClientError as error:
            raise StartFailed(
                f'Failed to download model data for container "container_1" from URL: "{url}". Please '
                "ensure that there is an object located at the URL and that the role passed to CreateModel "
                "has permissions to download the model."
            ) from error
        except tarfile.TarError as error:
            raise StartFailed(
                f'Failed to extract model data archive for container "container_1" from URL "{url}". Please '
                "ensure that the object located at the URL is a valid tar.gz archive."
            ) from error

    def _environment(self) -> dict[str, str]:
        base = self._base / "opt" / "ml"
        asked = {
            name: containers.below(base, value)
            for name, value in {**(self.spec.get("Environment") or {}), **self._use.environment}.items()
        }
        return {
            **containers.base_environment(self._region),
            "SM_MODEL_DIR": str(base / "model"),
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_REGION": self._region,
            "SAGEMAKER_BIND_TO_PORT": "8080",
            **({} if self._model.get("EnableNetworkIsolation") else self.session.environment()),
            **asked,
        }

    def _launch(self) -> None:
        environment = self._environment()
        folder = self._base / "opt" / "ml"
        try:
            module = serving_program.module(self.spec, environment)
            session = None if self._model.get("EnableNetworkIsolation") else self.session
            serving_program.install(environment, folder, session, self.journal.write)
        except serving_program.CannotServe as error:
            self.journal.write(str(error))
            raise StartFailed(self._no_ping()) from error
        command = [sys.executable, "-m", "gunicorn", module, "--bind", f"unix:{self._socket}"]
        command += ["--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)]
        command += ["--timeout", "90", "--graceful-timeout", "1", "--keep-alive", "75"]
        command += ["--no-control-socket", "--worker-tmp-dir", str(self._base), "--log-level", "info"]
        self.process = processes.start(
            command, environment=environment, folder=folder, orphaned=signal.SIGTERM
        )
        self._reader = follow(cast(IO[bytes], self.process.stdout), self.journal.write)

    def _await_ping(self) -> None:
        deadline = time.monotonic() + startup_seconds()
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                if os.path.exists(self._socket) and self.request("GET", "/ping", {}, b"", 2.0).status == 200:
                    return
            except (OSError, http.client.HTTPException) as error:
                log.debug("no ping from %s yet: %s", self._use.served, error)
            time.sleep(0.05)
        raise StartFailed(self._no_ping())

    def _no_ping(self) -> str:
        return (
            f"The primary container for {self._use.served} did not pass the ping health check. Please check "
            f"CloudWatch logs for this {self._use.owner}."
        )

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float) -> Answer:
        """One exchange with the container. Raises OSError (TimeoutError) or HTTPException."""
        connection, reused = self._connection(timeout)
        try:
            return self._exchange(connection, method, path, headers, body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if not reused:
                raise
        # It had closed an idle connection.
        return self._exchange(_UnixConnection(self._socket, timeout), method, path, headers, body)

    def _connection(self, timeout: float) -> tuple[_UnixConnection, bool]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            return _UnixConnection(self._socket, timeout), False
        connection.timeout = timeout
        if connection.sock:
            connection.sock.settimeout(timeout)
        return connection, True

    def _exchange(
        self, connection: _UnixConnection, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.put(connection)
        return Answer(
            response.status,
            response.headers.get("Content-Type", "application/octet-stream"),
            content,
            response.headers.get("X-Amzn-SageMaker-Custom-Attributes"),
        )

    def stop(self) -> None:
        """End the process and remove its files; twice is once."""
        if self.stopped:
            return
        self.stopped = True
        if self.process:
            processes.end(self.process)
        if self._reader:
            self._reader.join(timeout=5)  # its last lines are in the journal then
        while not self._idle.empty():
            self._idle.get_nowait().close()
        self.journal.close()
        shutil.rmtree(self._base, ignore_errors=True)
