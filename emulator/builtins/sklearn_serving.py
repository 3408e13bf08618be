"""The handlers of AWS's scikit-learn container: model_fn, input_fn, predict_fn, output_fn, transform_fn.

Sources: aws/sagemaker-scikit-learn-container, serving.py, and aws/sagemaker-containers, _transformer.py,
_worker.py and _encoders.py (Apache 2.0). Whatever goes wrong in a handler ends in 500 there, and here: the
default ones are wrapped as the user's are, so that a content type that is not known is no 415 either.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from emulator.builtins.contract import application

Handler = Callable[..., Any]

_DEFAULT_ACCEPT = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
_UTF8_TYPES = ("application/json", "text/csv")
_HTML = "text/html; charset=utf-8"


class UserError(Exception):
    """The script has handlers that do not go together."""


class UnsupportedFormatError(Exception):
    """A content type without a decoder or an encoder."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"Content type {kind} is not supported by this framework.")


def _model_fn(_folder: str) -> Any:
    raise NotImplementedError(
        "\nPlease provide a model_fn implementation.\n"
        "See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk\n"
    )


def _input_fn(data: Any, kind: str) -> Any:
    """It loads a pickle in an .npy body, as AWS's does; a CSV of one cell has no dimension left."""
    if kind == "application/json":
        return np.array(json.loads(data)).astype(np.float32)
    if kind == "text/csv":
        return np.array(list(csv.reader(io.StringIO(data), strict=True))).squeeze().astype(np.float32)
    if kind == "application/x-npy":
        return np.load(io.BytesIO(data), allow_pickle=True)
    raise UnsupportedFormatError(kind)


def _predict_fn(data: Any, model: Any) -> Any:
    return model.predict(data)


def _output_fn(prediction: Any, accept: str) -> Any:
    if accept == "application/json":
        return json.dumps(prediction, default=lambda array: array.tolist()), accept
    if accept == "text/csv":
        array = np.array(prediction)
        rows: Any = array.reshape(-1, 1) if array.ndim == 1 else array
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows(rows)
        return lines.getvalue(), accept
    if accept == "application/x-npy":
        raw = io.BytesIO()
        np.save(raw, prediction)
        return raw.getvalue(), accept
    raise UnsupportedFormatError(accept)


def _transform(script: Any) -> Handler:
    """(model, content, content type, accept) -> what the last handler returned. Raises UserError."""
    three = {"input_fn": _input_fn, "predict_fn": _predict_fn, "output_fn": _output_fn}
    whole = getattr(script, "transform_fn", None)
    if whole:
        if any(hasattr(script, name) for name in three):
            raise UserError(
                "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
            )
        return whole
    read, predict, write = (getattr(script, name, default) for name, default in three.items())
    return lambda model, content, kind, accept: write(predict(read(content, kind), model), accept)


def _response(result: Any) -> tuple[str, bytes]:
    """Content type and body, as Flask makes them of a tuple with both, of a text, and of a list or object."""
    content, kind = result if isinstance(result, tuple) else (result, _HTML)
    if isinstance(content, dict | list):
        content, kind = json.dumps(content), "application/json"
    if not isinstance(content, str | bytes):
        raise TypeError(f"The view function did not return a valid response, but a {type(content).__name__}.")
    return str(kind), content.encode() if isinstance(content, str) else content


_script: Any = importlib.import_module(os.environ["SAGEMAKER_PROGRAM"].removesuffix(".py"))
_handle = _transform(_script)
_model = getattr(_script, "model_fn", _model_fn)(os.environ["SM_MODEL_DIR"])


def _answer(body: bytes, content_type: str, accept: str) -> tuple[int, str, bytes]:
    kind = content_type or "application/json"
    wanted = accept if accept and accept != "*/*" else _DEFAULT_ACCEPT
    # Text reaches the handlers as str; the match is exact, parameters and all.
    content = body.decode("utf-8", errors="replace") if kind in _UTF8_TYPES else body
    return 200, *_response(_handle(_model, content, kind, wanted))


app = application(_answer)
