"""The application behind an endpoint: routes, content types, limits; bad input is never a 500."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from wsgiref.validate import validator

import pytest
import wsgi
from werkzeug.test import Client, EnvironBuilder

ALGORITHMS = Path(wsgi.__file__).parent


@pytest.fixture
def client(model_folder: Path) -> Client:
    return Client(wsgi.Application(model_folder))


def invoke(client: Client, body: bytes, content_type: str = "application/json", **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/invocations", data=body, content_type=content_type, headers=named)


def test_ping_says_that_the_model_is_loaded(client: Client) -> None:
    answer = client.get("/ping")
    assert (answer.status_code, answer.json) == (200, {"features": ["a", "b"]})


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_json_is_answered_in_json(client: Client, content_type: str) -> None:
    answer = invoke(client, b'{"instances": [[1, 2], [0, 0.5]]}', content_type)
    assert (answer.status_code, answer.content_type, answer.json) == (
        200,
        "application/json",
        {"predictions": [9.0, 2.5]},
    )


@pytest.mark.parametrize("content_type", ["text/csv", 'text/csv; charset="utf-8"; header=absent'])
def test_csv_is_answered_in_json_unless_asked_otherwise(client: Client, content_type: str) -> None:
    assert invoke(client, b"1,2\n", content_type).json == {"predictions": [9.0]}


def test_csv_is_answered_in_csv_when_asked(client: Client) -> None:
    answer = invoke(client, b"1,2\n0,0.5\n", "text/csv", Accept="text/csv")
    assert (answer.content_type, answer.data) == ("text/csv", b"9.0\n2.5\n")


def test_many_rows_of_numbers_are_answered_as_each_alone(client: Client) -> None:
    rows = [[index / 4, -index] for index in range(300)]
    bodies = {
        "application/json": json.dumps({"instances": rows}),
        "text/csv": "\n".join(f"{a},{b}" for a, b in rows),
    }
    alone = [invoke(client, json.dumps({"instances": [row]}).encode()).json["predictions"][0] for row in rows]
    for content_type, body in bodies.items():
        assert invoke(client, body.encode(), content_type).json == {"predictions": alone}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", wsgi.JSON),
        ("", wsgi.JSON),
        ("text/html, text/csv;q=0.5", wsgi.CSV),
        ("application/json", wsgi.JSON),
    ],
)
def test_the_first_type_that_is_offered_is_answered(accept: str, kind: str) -> None:
    assert wsgi.accepted_type(accept) == kind


@pytest.mark.parametrize(
    ("content_type", "accept", "status", "code"),
    [
        ("application/x-npy", "*/*", 415, "UnsupportedMediaType"),
        ("", "*/*", 415, "UnsupportedMediaType"),
        ("text/csv; charset=utf-16", "*/*", 415, "UnsupportedMediaType"),
        ("application/json", "image/png", 406, "NotAcceptable"),
    ],
)
def test_other_types_are_refused(
    client: Client, content_type: str, accept: str, status: int, code: str
) -> None:
    answer = invoke(client, b'{"instances": [[1, 2]]}', content_type, Accept=accept)
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"instances": [["\\ud800", 1]]}', b'{"instances": [{"\\ud800": 1}]}']
)
def test_bad_input_is_a_400_with_code_and_message(client: Client, body: bytes) -> None:
    answer = invoke(client, body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"].keys() >= {"code", "message"}


def test_a_bad_feature_is_named(client: Client) -> None:
    answer = invoke(client, b'{"instances": [{"a": 1, "b": "two"}]}')
    message = "is no number; allowed: a number"
    assert answer.json == {"error": {"code": "InvalidFeature", "message": message, "field": "instances[0].b"}}


def test_numbers_too_large_to_compute_with_are_a_400(client: Client) -> None:
    answer = invoke(client, b'{"instances": [[1e308, 1e308]]}')
    assert (answer.status_code, b"NaN" in answer.data, b"Infinity" in answer.data) == (400, False, False)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/", 404), ("GET", "/invocations", 405), ("POST", "/ping", 405)],
)
def test_other_routes(client: Client, method: str, path: str, status: int) -> None:
    assert client.open(path, method=method).status_code == status


def test_it_keeps_the_rules_of_wsgi(model_folder: Path) -> None:
    environ = EnvironBuilder(method="GET", path="/ping").get_environ()
    statuses: list[str] = []
    answer = validator(wsgi.Application(model_folder))(
        environ, lambda status, headers, _=None: statuses.append(status) or print
    )
    assert b"".join(answer) == b'{"features": ["a", "b"]}'
    answer.close()
    assert statuses == ["200 OK"]


class Unread(io.BytesIO):
    def read(self, *_: int) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    environ = {"CONTENT_LENGTH": str(wsgi.BODY_LIMIT_BYTES + 1), "wsgi.input": Unread()}
    with pytest.raises(wsgi.RefusedError) as refused:
        wsgi.read_body(environ)
    assert refused.value.status == 413


def test_a_body_at_the_limit_is_read() -> None:
    body = b"x" * wsgi.BODY_LIMIT_BYTES
    environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    assert wsgi.read_body(environ) == body


def test_a_body_without_a_length_is_read_to_its_marked_end_and_no_further_than_the_limit() -> None:
    assert wsgi.read_body({"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"abc")}) == b"abc"
    assert wsgi.read_body({"wsgi.input": io.BytesIO(b"abc")}) == b""
    too_long = io.BytesIO(b"x" * (wsgi.BODY_LIMIT_BYTES + 1))
    with pytest.raises(wsgi.RefusedError):
        wsgi.read_body({"wsgi.input_terminated": True, "wsgi.input": too_long})


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    from instances import BadInputError

    with pytest.raises(BadInputError, match="Content-Length is no number"):
        wsgi.read_body({"CONTENT_LENGTH": length, "wsgi.input": Unread()})


def test_a_length_of_absurd_size_is_too_large() -> None:
    with pytest.raises(wsgi.RefusedError):
        wsgi.read_body({"CONTENT_LENGTH": "9" * 5000, "wsgi.input": Unread()})


def test_a_model_that_cannot_be_loaded_is_a_503_and_in_the_log(tmp_path: Path, capsys) -> None:
    client = Client(wsgi.Application(tmp_path))
    for answer in (client.get("/ping"), invoke(client, b'{"instances": [[1]]}')):
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["error"]["code"] == "ModelUnusable"
    assert str(tmp_path) in capsys.readouterr().err


def test_gunicorn_starts_it_from_the_models_own_code(model_folder: Path, tmp_path: Path) -> None:
    from train import copy_serving_code

    shutil.copytree(model_folder, tmp_path / "model")
    copy_serving_code(tmp_path / "model/code")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "model/code"),
        "SM_MODEL_DIR": str(tmp_path / "model"),
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "wsgi:app"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log)
    try:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations",
            data=b'{"instances": [{"a": 1, "b": 2}]}',
            headers={"Content-Type": "application/json"},
        )
        assert json.loads(answer_of(request, server)) == {"predictions": [9.0]}
    finally:
        server.terminate()
        server.wait(timeout=60)


def answer_of(request: urllib.request.Request, server: subprocess.Popen[bytes]) -> bytes:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.URLError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
