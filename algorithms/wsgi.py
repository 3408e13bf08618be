"""The WSGI application that SageMaker's container serves: GET /ping and POST /invocations.

Started with SAGEMAKER_SERVING_MODULE=wsgi:app and this folder on PYTHONPATH, and installs nothing.
"""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from artefact import UnusableArtefactError
from inference import Model, Predictions
from instances import BadInputError, Reader

# SageMaker's own limit of a real-time request: API reference, InvokeEndpoint, Body.
BODY_LIMIT_BYTES = 6 * 1024 * 1024

JSON = "application/json"
CSV = "text/csv"
READERS = {JSON: Reader.json, CSV: Reader.csv}

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class RefusedError(Exception):
    """A request that is refused before its body is understood."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Application:
    """Serves the model in one folder, which is loaded by the first request (or ping) of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def model(self) -> Model:
        """The loaded model. Raises UnusableArtefactError when the folder holds none."""
        return Model.load(self._folder)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.model.features)

    @property
    def _names(self) -> list[str]:
        return [feature.name for feature in self.model.features]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The answer: predictions, or `{"error": {"code", "message", "field"?}}` with a status that fits."""
        try:
            status, kind, body = self._answer(environ)
        except RefusedError as error:
            status, kind, body = error.status, JSON, _error(error.code, error.message)
        except BadInputError as error:
            status, kind, body = HTTPStatus.BAD_REQUEST, JSON, _error(error.code, error.message, error.field)
        except UnusableArtefactError as error:
            print(f"the model cannot be served: {error}", file=sys.stderr, flush=True)
            status, kind = HTTPStatus.SERVICE_UNAVAILABLE, JSON
            body = _error("ModelUnusable", "the model cannot be served; the log says why")
        start_response(
            f"{status.value} {status.phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))]
        )
        return [body]

    def _answer(self, environ: Environ) -> tuple[HTTPStatus, str, bytes]:
        route = (environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if route == ("GET", "/ping"):
            return HTTPStatus.OK, JSON, json.dumps({"features": self._names}).encode()
        if route == ("POST", "/invocations"):
            return self._invoke(environ)
        if route[1] in ("/ping", "/invocations"):
            raise RefusedError(
                HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", f"{route[0]} is not allowed"
            )
        raise RefusedError(HTTPStatus.NOT_FOUND, "NotFound", "allowed: GET /ping, POST /invocations")

    def _invoke(self, environ: Environ) -> tuple[HTTPStatus, str, bytes]:
        read = READERS[content_type(environ.get("CONTENT_TYPE", ""))]
        answer_type = accepted_type(environ.get("HTTP_ACCEPT", ""))
        body = read_body(environ)
        predictions = self.model.predict(read(self._reader, body))
        return HTTPStatus.OK, answer_type, WRITERS[answer_type](predictions)


def json_answer(predictions: Predictions) -> bytes:
    """`{"predictions": [...]}`, with `"probabilities": [{class: probability}]` for a classification."""
    if predictions.probabilities is None:
        # JSON writes finite numbers as Python does.
        return b'{"predictions": %b}' % repr(predictions.values).encode()
    content = {"predictions": predictions.values, "probabilities": predictions.probabilities}
    return _ENCODER.encode(content).encode()


def csv_answer(predictions: Predictions) -> bytes:
    """A line a prediction, without probabilities."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([value] for value in predictions.values)
    return lines.getvalue().encode()


# Made once: json.dumps would make one for every answer.
_ENCODER = json.JSONEncoder(allow_nan=False)
WRITERS = {JSON: json_answer, CSV: csv_answer}


@lru_cache(maxsize=64)
def content_type(header: str) -> str:
    """The media type of a request, parameters cut off; refused (415) unless JSON or CSV in UTF-8."""
    kind, *parameters = (part.strip().lower() for part in header.split(";"))
    charsets = [part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset=")]
    if kind not in READERS or any(charset not in ("utf-8", "us-ascii") for charset in charsets):
        message = f"{header[:100]!r} is not supported; allowed: {', '.join(READERS)} in UTF-8"
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    return kind


@lru_cache(maxsize=64)
def accepted_type(header: str) -> str:
    """The media type of the answer: the first of Accept that is JSON or CSV, JSON for any or none."""
    wanted = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    for kind in wanted:
        if kind in ("", "*/*", "application/*"):
            return JSON
        if kind in (*READERS, "text/*"):
            return JSON if kind == JSON else CSV
    message = f"{header[:100]!r} is not offered; allowed: {', '.join(READERS)}"
    raise RefusedError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message)


def read_body(environ: Environ) -> bytes:
    """The whole body; refused when it is over 6 MiB (413) or its length is no number (400)."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdecimal()):
        raise BadInputError("InvalidRequest", "Content-Length is no number")
    # Without a length, only a server that marks the end may be read to it: another would wait for ever.
    unknown = BODY_LIMIT_BYTES + 1 if environ.get("wsgi.input_terminated") else 0
    # Ten digits are enough to be over the limit, and no digits too many for int().
    size = int(length[:10]) if length else unknown
    body = b"" if length and size > BODY_LIMIT_BYTES else environ["wsgi.input"].read(size)
    if size > BODY_LIMIT_BYTES and (length or len(body) > BODY_LIMIT_BYTES):
        message = f"the body is too large; allowed: {BODY_LIMIT_BYTES} bytes"
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestTooLarge", message)
    return body


def _error(code: str, message: str, field: str = "") -> bytes:
    error = {"code": code, "message": message, **({"field": field} if field else {})}
    return json.dumps({"error": error}).encode()


app = Application(Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")))
