"""AWS's scikit-learn serving as a WSGI application, for a gunicorn of an environment with its packages.

What sagemaker_sklearn_container.serving does (https://github.com/aws/sagemaker-scikit-learn-container) is not
on PyPI, but the package under it is: Flask, around the user's model_fn, input_fn, predict_fn, output_fn in
the module that HANDLERS_MODULE names. numpy's arrays are decoded and encoded by AWS's own functions.
"""

import collections
import collections.abc
import importlib
import os
from typing import Any

# As AWS's image patches the package for its Python, and as protobuf advises for code that it made before.
setattr(collections, "Mapping", collections.abc.Mapping)  # noqa: B010
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

framework: Any = importlib.import_module("sagemaker_containers.beta.framework")


def _input(data: Any, content_type: str) -> Any:
    array = framework.encoders.decode(data, content_type)
    return array.astype("float32") if content_type in framework.content_types.UTF8_TYPES else array


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


def _output(prediction: Any, accept: str) -> Any:
    return framework.worker.Response(framework.encoders.encode(prediction, accept), accept, mimetype=accept)


def _application() -> Any:
    module = importlib.import_module(os.environ["HANDLERS_MODULE"])
    transformer = framework.transformer.Transformer(
        model_fn=getattr(module, "model_fn"),  # noqa: B009
        input_fn=getattr(module, "input_fn", _input),
        predict_fn=getattr(module, "predict_fn", _predict),
        output_fn=getattr(module, "output_fn", _output),
    )
    transformer.initialize()
    return framework.worker.Worker(transform_fn=transformer.transform, module_name="inference")


app = _application()
