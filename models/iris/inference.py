"""Serves the model of train.py: the handlers that AWS's scikit-learn image calls."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np


def model_fn(folder: str) -> Any:
    """The model that train.py left."""
    return joblib.load(Path(folder) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> Any:
    """Rows of `{"instances": [[...]]}`."""
    if content_type != "application/json":
        raise ValueError(f"{content_type} is not supported; allowed: application/json")
    return np.array(json.loads(body)["instances"], dtype=float)


def predict_fn(rows: Any, model: Any) -> dict[str, Any]:
    """Classes, and the probability of each."""
    probabilities = model.predict_proba(rows).tolist()
    return {
        "predictions": model.predict(rows).tolist(),
        "probabilities": [dict(zip(model.classes_.tolist(), row, strict=True)) for row in probabilities],
    }


def output_fn(answer: dict[str, Any], accept: str) -> tuple[str, str]:
    """The answer in JSON, whatever is accepted."""
    return json.dumps(answer), "application/json"
