"""Linear Learner's answers, from what the stand-in has fitted. A WSGI application.

Source: the developer guide's "Linear learner response formats".
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from emulator.builtins.contract import Matrix, UserError, application, csv_matrix
from emulator.builtins.linear_training import MODEL_FILE, labels_of, scores

_LINES = "application/jsonlines"
_model: dict[str, Any] = json.loads(Path(os.environ["SM_MODEL_DIR"], MODEL_FILE).read_text())
_kind, _loss, _weights = _model["predictor_type"], _model["loss"], np.array(_model["weights"])


def _read(body: bytes, kind: str) -> Matrix:
    if kind == "text/csv":
        rows = csv_matrix(body.decode("utf-8"), "the request")
    else:
        instances = json.loads(body)["instances"]
        rows = np.array([one["features"] for one in instances], dtype=np.float64)
    width = _weights.shape[1] - 1
    if rows.ndim != 2 or rows.shape[1] != width:
        raise UserError(f"the model takes {width} features a row")
    if not np.isfinite(rows).all():
        raise UserError("a feature is missing or no finite number")
    return rows


def _predict(body: bytes, content_type: str, accept: str) -> tuple[int, str, bytes]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("text/csv", "application/json"):
        return 415, "text/plain", f"unable to handle content type {kind!r}".encode()
    wanted = accept.partition(";")[0].strip().lower()
    if wanted not in ("", "*/*", "application/json", _LINES):
        return 406, "text/plain", f"the stand-in answers application/json and {_LINES}, not {accept}".encode()
    try:
        rows = _read(body, kind)
    except (UserError, ValueError, KeyError, TypeError) as error:
        return 400, "text/plain", f"unable to evaluate payload provided: {error}".encode()
    scored = scores(_kind, _loss, _weights, rows)
    answers: list[dict[str, Any]] = [{"score": score} for score in scored.tolist()]
    if _kind != "regressor":
        for answer, label in zip(answers, labels_of(_kind, _loss, scored).tolist(), strict=True):
            answer["predicted_label"] = label
    if wanted == _LINES:
        return 200, _LINES, "".join(f"{json.dumps(answer)}\n" for answer in answers).encode()
    return 200, "application/json", json.dumps({"predictions": answers}).encode()


app = application(_predict)
