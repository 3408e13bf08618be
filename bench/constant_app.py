"""The least that an application can do in a server: it reads the body and answers a constant."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b'{"predictions": [206.11667747]}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def app(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """A WSGI application."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", HEADERS)
    return [BODY]
