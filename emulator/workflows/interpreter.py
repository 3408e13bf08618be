"""moto's interpreter, made to act as AWS does; a replaced symbol that is gone fails at import.

Waits and the pauses between retries last as long as the shortened clock says; time-outs of tasks stay real,
as the work that they watch does.
"""

from __future__ import annotations

import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import moto.stepfunctions.models
from botocore.config import Config
from moto.core.config import default_user_config
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from emulator import aws, clock
from emulator.workflows import announcements
from emulator.workflows.sagemaker_tasks import SageMakerTask

_UNVALIDATED = Config(parameter_validation=False, retries={"max_attempts": 0}, read_timeout=900)
"""The service checks what a state sends, not the client."""
_STOP_SEEN_SECONDS = 0.2


def patch() -> None:
    """Replace what moto does otherwise. Raises AttributeError or AssertionError when moto has changed."""
    assert "stepfunctions" in default_user_config
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # machines that CloudFormation classes of moto make belong to the interpreter's back end too
    moto.stepfunctions.models.stepfunctions_backends = stepfunctions_parser_backends  # pyright: ignore[reportAttributeAccessIssue]
    _replace_everywhere("boto_client_for", boto_client.boto_client_for, _client_for, least=10)
    assert hasattr(state_task_factory, "state_task_service_for")
    original = state_task_service_factory.state_task_service_for
    _replace_everywhere(
        "state_task_service_for",
        original,
        lambda service_name: SageMakerTask() if service_name == "sagemaker" else original(service_name),
        least=2,
    )
    _shorten_waits()
    announcements.patch(BaseExecutionWorkerCommunication)


def _replace_everywhere(name: str, original: Any, replacement: Any, least: int) -> None:
    """Rebind ``name`` in every module of the interpreter that has imported it."""
    found: list[ModuleType] = [
        module
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("moto.stepfunctions.") and getattr(module, name, None) is original
    ]
    assert len(found) >= least, f"moto has changed: {name} is in {len(found)} modules"
    for module in found:
        setattr(module, name, replacement)


def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    """A client with the rights of the state machine's role, or of the role that the state names."""
    if state_credentials is None:
        return aws.client(service, region)
    return aws.role_client(service, state_credentials.role_arn, "StepFunctions", region, _UNVALIDATED)


def _shorten_waits() -> None:
    assert callable(WaitFunction._wait_interval)  # pyright: ignore[reportPrivateUsage]
    assert hasattr(retrier_decl, "time")
    setattr(WaitFunction, "_wait_interval", _wait_interval)  # noqa: B010
    setattr(retrier_decl, "time", SimpleNamespace(sleep=clock.sleep))  # noqa: B010


def _wait_interval(self: WaitFunction, env: Any, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds * clock.scale
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, _STOP_SEEN_SECONDS))
