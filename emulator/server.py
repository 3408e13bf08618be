"""Starts the emulator: ``python -m emulator --port 4566``, or ``Emulator().start()`` inside a test."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from types import TracebackType

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, Edge, route


class QuietRequestHandler(MotoRequestHandler):
    """Keep-alive, and no line a request on the terminal."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not worth a line each."""


@route(r"^/_emulator/health$")
def health(_request: object) -> Response:
    """Says that this is the emulator, that it is up, and which process it is."""
    told = {"emulator": "sagemaker-lifecycle", "pid": os.getpid()}
    return Response(json.dumps(told), content_type="application/json")


class Emulator:
    """The embedded AWS of this process: one at a time, as moto's state is global (``stop`` keeps it)."""

    def __init__(self, port: int = 0, authorize: Callable[[Call], None] | None = None) -> None:
        self._port = port
        self._authorize = authorize
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens; by name, as the first label of a numeric host would be read as a bucket."""
        assert self._server is not None, "start() first"
        return f"http://localhost:{self._server.port}"

    def start(self) -> Emulator:
        """Listen. Raises OSError when the port is taken."""
        from emulator import identity, services  # registers every operation that is ours

        edge = Edge(self._authorize or identity.authorize)
        # werkzeug would end the process where the port is taken.
        with socket.create_server(("localhost", self._port), backlog=128) as listening:
            self._server = make_server(
                "localhost",
                0,
                edge,
                threaded=True,
                request_handler=QuietRequestHandler,
                fd=listening.fileno(),
            )
        aws.configure(self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="emulator")
        self._thread.start()
        services.start()
        return self

    def stop(self) -> None:
        """Stop serving, and end every process that a service started."""
        from emulator import services

        services.stop()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        if self._thread:
            self._thread.join(timeout=5)

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
