"""The handler contract of AWS's scikit-learn container: model_fn, input_fn, predict_fn, output_fn.

Sources: aws/sagemaker-scikit-learn-container, handler_service.py, and aws/sagemaker-inference-toolkit,
decoder.py, encoder.py and transformer.py (Apache 2.0). A mistake of the client ends in 500 there, and here.
"""

from __future__ import annotations

import importlib
import io
import json
import os
from typing import Any

import numpy as np

from emulator.builtins.contract import application

_DEFAULT_ACCEPT = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
_script: Any = importlib.import_module(os.environ["SAGEMAKER_PROGRAM"].removesuffix(".py"))


class _Unsupported(Exception):
    """A content type without a decoder (415) or an encoder (406)."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(f"Content type {kind} is not supported by this framework.")
        self.status = status


def _model_fn(_folder: str) -> Any:
    raise NotImplementedError(
        "Please provide a model_fn implementation. See documentation for model_fn at "
        "https://github.com/aws/sagemaker-python-sdk"
    )


def _decoded(data: Any, kind: str) -> Any:
    """The default input_fn; it loads a pickle in an .npy body, as AWS's does."""
    if kind == "application/json":
        return np.array(json.loads(data))
    if kind == "text/csv":
        text = data if isinstance(data, str) else data.decode("utf-8")
        return np.genfromtxt(io.StringIO(text), delimiter=",")
    if kind == "application/x-npy":
        return np.load(io.BytesIO(data), allow_pickle=True)
    raise _Unsupported(415, kind)


def _predict_fn(data: Any, model: Any) -> Any:
    return model.predict(data)


def _encoded(prediction: Any, accept: str) -> Any:
    """The default output_fn."""
    array = np.asarray(prediction)
    if accept in ("application/json", "*/*"):
        return json.dumps(array.tolist()), "application/json"
    if accept == "text/csv":
        stream = io.StringIO()
        np.savetxt(stream, array, delimiter=",", fmt="%s")
        return stream.getvalue(), accept
    if accept == "application/x-npy":
        raw = io.BytesIO()
        np.save(raw, array)
        return raw.getvalue(), accept
    raise _Unsupported(406, accept)


_input_fn = getattr(_script, "input_fn", _decoded)
_predict = getattr(_script, "predict_fn", _predict_fn)
_output_fn = getattr(_script, "output_fn", _encoded)
_model = getattr(_script, "model_fn", _model_fn)(os.environ["SM_MODEL_DIR"])


def _answer(body: bytes, content_type: str, accept: str) -> tuple[int, str, bytes]:
    wanted = accept if accept and accept != "*/*" else _DEFAULT_ACCEPT
    # Text reaches the handlers as str; the match is exact, parameters and all.
    data = body.decode("utf-8") if content_type in ("application/json", "text/csv") else body
    try:
        result = _output_fn(_predict(_input_fn(data, content_type), _model), wanted)
    except _Unsupported as error:
        return error.status, "text/plain", str(error).encode()
    content, kind = result if isinstance(result, tuple) else (result, wanted)
    return 200, str(kind), content if isinstance(content, bytes) else str(content).encode()


app = application(_answer)
