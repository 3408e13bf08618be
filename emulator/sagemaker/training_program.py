"""What a training job runs: the user's script as the toolkit runs it, or one of AWS's own algorithms."""

from __future__ import annotations

import os
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from emulator.sagemaker import containers, images, requirements, training_layout
from emulator.sagemaker.jobs import JobFailed
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession, download, why
from emulator.sagemaker.training_layout import Layout


@dataclass(frozen=True)
class Program:
    """What runs on every instance; ``name`` is what a failure's quotation calls it."""

    name: str
    words: tuple[str, ...]
    is_built_in: bool

    def command(self) -> list[str]:
        """The whole command line."""
        return [sys.executable, *self.words]


def of(request: Params) -> Program:
    """Raises JobFailed where the scikit-learn image is given no script."""
    program, submit_directory = training_layout.script_mode(request)
    built_in = images.built_in(request["AlgorithmSpecification"].get("TrainingImage"))
    if built_in and not program:
        return Program(built_in.train, ("-m", built_in.train), True)
    if not program or not submit_directory:
        raise JobFailed(
            "AlgorithmError: the scikit-learn image needs the hyperparameters sagemaker_program and "
            "sagemaker_submit_directory, exit code: 1"
        )
    words = training_layout.arguments(training_layout.user_parameters(request))
    return Program(program, (program, *words), False)


def bring_code(request: Params, session: RoleSession, layout: Layout, scratch: Path) -> None:
    """Unpack the script's folder. Raises JobFailed where it is not there or holds no such script."""
    program, submit_directory = training_layout.script_mode(request)
    try:
        if str(submit_directory).startswith("s3://"):
            archive = scratch / "sourcedir.tar.gz"
            download(session.client("s3"), str(submit_directory), archive)
            containers.unpack(archive, layout.code)
    except (ClientError, tarfile.TarError) as error:
        reason = why(error) if isinstance(error, ClientError) else str(error)
        raise JobFailed(
            f"AlgorithmError: framework error: cannot get {submit_directory}: {reason}, exit code: 1"
        ) from error
    if not (layout.code / str(program)).is_file():
        raise JobFailed(f"AlgorithmError: {program} is not in {submit_directory}, exit code: 1")


def environment(
    request: Params, session: RoleSession, layout: Layout, region: str, together: dict[str, str]
) -> dict[str, str]:
    """Of the program on one instance; ``together`` is ``cluster_environment``'s."""
    variables = containers.base_environment(region)
    variables |= training_layout.variables(layout, request, region)
    has_network = not request.get("EnableNetworkIsolation")
    if has_network:
        variables |= session.environment()
    return requirements.environment(variables | together, has_network=has_network)


def cluster_environment(layouts: list[Layout]) -> dict[str, str]:
    """What the stand-ins need to find each other, as AWS's containers do by the names of their hosts."""
    return {"EMULATOR_HOST_FOLDERS": os.pathsep.join(str(layout.base) for layout in layouts)}
