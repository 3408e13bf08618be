"""A loopback server in place of SageMaker's runtime: answers as told, hangs, trickles or hangs up."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class Stub(ThreadingHTTPServer):
    """Serves `answers` in turn, the last one for ever; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reset()

    def reset(self) -> None:
        """Forgets what was asked; what hangs now ends when the new `closing` is set."""
        self.answers: list[Answer] = []
        self.asked: list[dict[str, Any]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_PUT(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
        answer = self.server.answers[0] if len(self.server.answers) == 1 else self.server.answers.pop(0)
        answer(self)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Stub]:
    """A running stub."""
    with Stub() as stub:
        thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            stub.closing.set()
            stub.shutdown()
            thread.join()


def reply(status: int, document: object, **headers: str) -> Answer:
    """An answer with a JSON body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _send(handler, status, json.dumps(document).encode(), headers)

    return answer


def predictions(*values: float) -> Answer:
    """An endpoint's good answer, given by the champion."""
    return reply(200, {"predictions": list(values)}, **{"x-Amzn-Invoked-Production-Variant": "champion"})


def failure(status: int, code: str, message: str, **more: object) -> Answer:
    """An error as the service spells it."""
    return reply(status, {"Message": message, **more}, **{"x-amzn-ErrorType": code})


def hang(handler: BaseHTTPRequestHandler) -> None:
    """No answer."""
    handler.server.closing.wait(20)  # type: ignore[attr-defined]
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """The connection is cut without an answer."""
    handler.close_connection = True


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    """The connection is cut within the body."""
    _head(handler, 200, 100, {})
    handler.wfile.write(b'{"predic')
    handler.close_connection = True


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then: no single read takes long, the whole takes for ever."""
    _head(handler, 200, 10_000, {})
    closing = handler.server.closing  # type: ignore[attr-defined]
    while not closing.is_set():
        handler.wfile.write(b" ")
        time.sleep(0.05)
    handler.close_connection = True


def _head(handler: BaseHTTPRequestHandler, status: int, length: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(length), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    _head(handler, status, len(body), headers)
    handler.wfile.write(body)
