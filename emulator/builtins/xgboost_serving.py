"""The XGBoost container's server of algorithm mode, as a WSGI application.

Source: aws/sagemaker-xgboost-container, algorithm_mode/serve.py and serve_utils.py (Apache 2.0).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from emulator.builtins.contract import application, csv_matrix
from emulator.builtins.libsvm import parse
from emulator.builtins.xgboost_library import xgb

_ACCEPTED = ("text/csv", "application/json", "application/jsonlines")
_MODEL_DIR = Path(os.environ["SM_MODEL_DIR"])
_IS_BATCH = bool(os.environ.get("SAGEMAKER_BATCH"))
"""In a transform job the container answers a line a row, whatever is accepted."""


def _load() -> xgb.Booster:
    """The one file in the model's folder. Raises RuntimeError as the container, and the worker ends."""
    files = [path for path in sorted(_MODEL_DIR.iterdir()) if path.is_file()]
    if not files:
        raise RuntimeError("Model artifact missing")
    booster = xgb.Booster()
    booster.load_model(files[0])
    booster.set_param("nthread", "1")
    return booster


_booster = _load()


def _read(body: bytes, kind: str) -> xgb.DMatrix:
    text = body.strip().decode("utf-8")
    if kind == "text/csv":
        return xgb.DMatrix(csv_matrix(text, "the request"))
    if kind in ("text/libsvm", "text/x-libsvm"):
        features = parse(text, has_labels=False)[1]
        width = _booster.num_features()
        if features.shape[1] < width:
            features.resize(features.shape[0], width)
        return xgb.DMatrix(features)
    raise ValueError(
        f"Content-type {kind} not supported. Supported content-type is text/csv, text/libsvm, "
        "application/x-recordio-protobuf"
    )


def _predict(body: bytes, content_type: str, accept: str) -> tuple[int, str, bytes]:
    if not body:
        return 204, "text/plain", b""
    try:
        data = _read(body, (content_type or "text/csv").lower().partition(";")[0].strip())
    except Exception as error:  # whatever is wrong with the body, the container says 415
        return 415, "text/html", str(error).encode()
    wanted = (accept or "*/*").partition(";")[0].strip().lower()
    wanted = "text/csv" if wanted == "*/*" else wanted
    if wanted not in _ACCEPTED:
        text = f"Accept type {wanted} is not supported. Please use one of {list(_ACCEPTED)}."
        return 406, "text/html", text.encode()
    try:
        scores = np.asarray(_booster.predict(data, validate_features=False)).tolist()
    except Exception as error:
        return 400, "text/html", f"Unable to evaluate payload provided: {error}".encode()
    encoded = "".join(f"{score}\n" for score in scores) if _IS_BATCH else _encoded(scores, wanted)
    return 200, wanted, encoded.encode()


def _encoded(scores: list[object], kind: str) -> str:
    lines = [{"score": score} for score in scores]
    if kind == "application/json":
        return json.dumps({"predictions": lines})
    if kind == "application/jsonlines":
        return "".join(f"{json.dumps(line)}\n" for line in lines)
    return ",".join(map(str, scores))


app = application(_predict)
