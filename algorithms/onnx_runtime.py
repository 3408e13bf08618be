"""Brings onnxruntime into a model, for an endpoint that has no network."""

import subprocess
import sys
from pathlib import Path

from faults import TrainingFaultError

# For training and serving alike. The tests' own environments have the same, which one of them compares.
REQUIREMENT = "onnxruntime==1.32.0"


def bring(code: Path) -> None:
    """Install onnxruntime into `code`, the model's folder of modules, and import it from there here, too.

    Alone: of what it asks for it imports numpy, which the image has; the rest is for its tools. Without
    bytecode, which has a time in it.
    Raises TrainingFaultError when it cannot be had: the job needs a package index.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--no-compile", "--target", str(code), REQUIREMENT]
    try:
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as error:
        message = f"pip install of {REQUIREMENT} ended with exit status {error.returncode}"
        raise TrainingFaultError(f"serving.format onnx: {message}; the log says why") from error
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(code))
