"""A forest that onnxruntime evaluates: `serving.format: onnx`.

onnxruntime lies beside this file, where the training put it: the endpoint has no network, and AWS's image has
none. numpy is all that it imports.
"""

import importlib
from typing import Any

import numpy as np
from artefact import Array, UnusableArtefactError

FOREST_FILE = "forest.onnx"


class OnnxForest:
    """The model that forest_graph.py makes. Answers as predictors.Forest does.

    classes: whether probabilities are answered.
    Raises UnusableArtefactError when onnxruntime, or the model, cannot be loaded: nothing takes its place.
    """

    def __init__(self, content: bytes, *, classes: bool) -> None:
        try:
            runtime: Any = importlib.import_module("onnxruntime")
            options = runtime.SessionOptions()
            # The server has a process for each core.
            options.intra_op_num_threads = 1
            self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        # Besides ImportError, errors of its own, which have no base but Exception.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise UnusableArtefactError(f"onnxruntime cannot load {FOREST_FILE}: {reason}") from error
        self._classes = classes

    def __call__(self, matrix: Array) -> Array:
        """n numbers, or n x classes probabilities; NaN for a row that is not finite in 32 bits."""
        rounded = matrix.astype(np.float32)
        answer = np.asarray(self._session.run(None, {"x": rounded.astype(np.float64)})[0])
        if answer.shape[1] == 1:
            answer = np.hstack([1 - answer, answer]) if self._classes else answer[:, 0]
        finite = np.isfinite(rounded)
        if not finite.all():
            answer[~finite.all(axis=1)] = np.nan
        return answer
