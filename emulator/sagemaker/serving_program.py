"""What a serving container runs: the model's WSGI application or handlers, or an algorithm of AWS's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from emulator.sagemaker import containers, images, requirements
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession, download

HANDLERS = "emulator.builtins.sklearn_serving:app"


class CannotServe(Exception):
    """The container does not come up; the text goes to its log."""


def module(spec: Params, environment: dict[str, str]) -> str:
    """``module:app`` for the server. Raises CannotServe.

    As AWS's scikit-learn container: SAGEMAKER_SERVING_MODULE, else the handlers in SAGEMAKER_PROGRAM.
    """
    built_in = images.built_in(spec.get("Image"))
    if built_in:
        return built_in.serve
    named = environment.get("SAGEMAKER_SERVING_MODULE")
    if named:
        return named
    if not environment.get("SAGEMAKER_PROGRAM"):
        raise CannotServe(
            "Please provide a model_fn implementation: neither SAGEMAKER_SERVING_MODULE (a WSGI application, "
            "module:app) nor SAGEMAKER_PROGRAM (a script with handlers) is set"
        )
    return HANDLERS


def install(
    environment: dict[str, str], base: Path, session: RoleSession | None, log: Callable[[str], None]
) -> None:
    """Bring the code of SAGEMAKER_PROGRAM and what it requires. Raises CannotServe. ``base`` is /opt/ml.

    As aws/sagemaker-containers does before it starts the server, whatever that serves (_server.py, start):
    SAGEMAKER_SUBMIT_DIRECTORY is copied or fetched to /opt/ml/code, and installed by `pip install .
    [-r requirements.txt]`. session: None for a container without network, where pip has no index either; with
    one, the code alone is not built but found where it lies.
    """
    program = environment.get("SAGEMAKER_PROGRAM")
    if not program:
        return
    code, packages = base / "code", base / "packages"
    _bring(environment.get("SAGEMAKER_SUBMIT_DIRECTORY", str(code)), code, session)
    paths = [str(packages), str(code), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    missing = requirements.unmet(code / "requirements.txt")
    if missing or session is None:
        command = requirements.command(packages, [".", "-r", "requirements.txt"] if missing else ["."])
        _run(command, requirements.environment(environment, has_network=session is not None), code, log)
    if not (code / f"{program.removesuffix('.py')}.py").is_file():
        raise CannotServe(f"ModuleNotFoundError: No module named '{program.removesuffix('.py')}'")


def _bring(source: str, code: Path, session: RoleSession | None) -> None:
    """_files.py, download_and_extract: a tar.gz in S3, or a folder."""
    if Path(source) == code:
        code.mkdir(exist_ok=True)
    elif source.startswith("s3://"):
        if session is None:
            raise CannotServe(f"EndpointConnectionError: {source}: the container has no network")
        try:
            archive = code.with_name("sourcedir.tar.gz")
            download(session.client("s3"), source, archive)
            containers.unpack(archive, code)
        except (ClientError, BotoCoreError, tarfile.TarError) as error:
            raise CannotServe(f"{source}: {error}") from error
    elif Path(source).is_dir():
        shutil.copytree(source, code)
    else:
        raise CannotServe(f"FileNotFoundError: No such file or directory: {source!r}")


def _run(command: list[str], environment: dict[str, str], folder: Path, log: Callable[[str], None]) -> None:
    log(f"Installing module with the following command:\n{' '.join(command[1:])}")
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        log(line)
    if done.returncode != 0:
        raise CannotServe("InstallModuleError: pip install ended with an error")
