"""Executions over the API: started once a name, described, stopped."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.workflows import announcements, machines

MAX_INPUT_BYTES = 262144
_BAD_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_lock = threading.Lock()


@operation("stepfunctions", "StartExecution")
def _start(call: Call) -> dict[str, Any]:
    name = call.params.get("name") or str(uuid4())
    text = call.params.get("input") or "{}"
    _check(name, text)
    arn = call.params["stateMachineArn"]
    machine = machines.find(arn)
    if machine is None:
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    if machine.type == "EXPRESS":
        raise AwsError("NotImplemented", "the emulator runs STANDARD state machines only", status=501)
    with _lock:
        for other in machine.executions:
            if other.name == name:
                if other.status == "RUNNING" and other.execution_input == text:
                    return {"executionArn": other.execution_arn, "startDate": other.start_date}
                raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{other.execution_arn}'")
        backend = stepfunctions_parser_backends[aws.ACCOUNT][call.region]
        execution = backend.start_execution(arn, name, text)
    announcements.started(execution)
    return {"executionArn": execution.exec_arn, "startDate": execution.start_date}


def _check(name: str, text: str) -> None:
    if len(name) > 80 or _BAD_NAME.search(name):
        raise AwsError("InvalidName", f"Invalid Name: '{name}'")
    if len(text.encode()) > MAX_INPUT_BYTES:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MAX_INPUT_BYTES}",
        )
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        raise AwsError("InvalidExecutionInput", message) from error


@operation("stepfunctions", "DescribeExecution")
def _describe(call: Call) -> dict[str, Any]:
    execution = _find(call.params["executionArn"])
    status = str(execution.status)
    described: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": execution.start_date,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "redriveCount": 0,
    }
    if status != "RUNNING":
        described["stopDate"] = execution.stop_date or datetime.now(UTC)
    if status == "SUCCEEDED":
        described["output"] = json.dumps(execution.output, separators=(",", ":"))
        described["outputDetails"] = {"included": True}
    for member in ("error", "cause"):
        if getattr(execution, member) is not None:
            described[member] = getattr(execution, member)
    return described


@operation("stepfunctions", "StopExecution")
def _stop(call: Call) -> dict[str, Any]:
    execution = _find(call.params["executionArn"])
    moment = datetime.now(UTC)
    _halt(execution, moment, call.params.get("error"), call.params.get("cause"))
    return {"stopDate": moment}


def _halt(execution: Execution, moment: datetime, error: str | None, cause: str | None) -> None:
    if execution.status != "RUNNING":
        return
    deadline = time.monotonic() + 5
    while execution.exec_worker.env is None and time.monotonic() < deadline:  # pyright: ignore[reportOptionalMemberAccess]
        time.sleep(0.01)  # it is still being parsed
    execution.error, execution.cause = error, cause
    execution.stop(stop_date=moment, error=error, cause=cause)
    while execution.status == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.01)


def _find(arn: str) -> Execution:
    machine_arn = arn.replace(":execution:", ":stateMachine:").rsplit(":", 1)[0]
    machine = machines.find(machine_arn)
    found = next((one for one in machine.executions if one.execution_arn == arn), None) if machine else None
    if not isinstance(found, Execution):
        raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return found


def stop() -> None:
    """Stop every execution that runs."""
    for backend in list(stepfunctions_parser_backends[aws.ACCOUNT].values()):
        for machine in backend.state_machines:
            for execution in machine.executions:
                if isinstance(execution, Execution) and execution.exec_worker and execution.exec_worker.env:
                    execution.stop(stop_date=datetime.now(UTC), error=None, cause=None)
