"""What a serving container runs: the model's WSGI application or handlers, or an algorithm of AWS's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from emulator.sagemaker import images, requirements
from emulator.sagemaker.requests import Params

HANDLERS = "emulator.builtins.sklearn_serving:app"


class CannotServe(Exception):
    """The container does not come up; the text goes to its log."""


def module(spec: Params, environment: dict[str, str], base: Path) -> str:
    """``module:app`` for the server. Raises CannotServe. ``base`` stands for /opt/ml.

    As AWS's scikit-learn container: SAGEMAKER_SERVING_MODULE, else the handlers in SAGEMAKER_PROGRAM.
    """
    built_in = images.built_in(spec.get("Image"))
    if built_in:
        return built_in.serve
    named = environment.get("SAGEMAKER_SERVING_MODULE")
    if named:
        return named
    program = environment.get("SAGEMAKER_PROGRAM")
    if not program:
        raise CannotServe(
            "Please provide a model_fn implementation: neither SAGEMAKER_SERVING_MODULE (a WSGI application, "
            "module:app) nor SAGEMAKER_PROGRAM (a script with handlers) is set"
        )
    if not (base / "model" / "code" / program).is_file():
        raise CannotServe(f"{program} is not in the folder code of the model's archive")
    return HANDLERS


def prepare(environment: dict[str, str], base: Path, log: Callable[[str], None]) -> Path:
    """Install what the code requires; the folder to run in. Raises CannotServe."""
    code, packages = base / "model" / "code", base / "packages"
    missing = requirements.unmet(code / "requirements.txt")
    is_handled = "SAGEMAKER_SERVING_MODULE" not in environment and "SAGEMAKER_PROGRAM" in environment
    if not is_handled:
        return base
    paths = [str(code), str(packages), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    if missing:
        log(f"Installing dependencies from requirements.txt: {', '.join(missing)}")
        done = subprocess.run(
            requirements.command(code / "requirements.txt", packages),
            env=requirements.environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        for line in (done.stdout + done.stderr).splitlines():
            log(line)
        if done.returncode != 0:
            raise CannotServe("InstallRequirementsError: pip install -r requirements.txt failed")
    return base
