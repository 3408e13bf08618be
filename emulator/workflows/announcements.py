"""What Step Functions tells of executions: events of source aws.states, and metrics in AWS/States."""

from __future__ import annotations

import functools
import json
import logging
import time
from typing import Any

from moto.stepfunctions.parser.backend.execution import Execution

from emulator import events, metrics

log = logging.getLogger("emulator.workflows")
_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def patch(communication: Any) -> None:
    """Announce each execution that ends. Raises AttributeError when moto has lost ``terminated``."""
    terminated = communication.terminated
    if getattr(terminated, "announces", False):
        return

    @functools.wraps(terminated)
    def announcing(self: Any) -> None:
        terminated(self)
        try:
            ended(self.execution)
        except Exception:
            log.exception("the end of %s broke the emulator", self.execution.exec_arn)

    setattr(announcing, "announces", True)  # noqa: B010
    communication.terminated = announcing


def started(execution: Execution) -> None:
    """Tell that an execution runs."""
    _count(execution, {"ExecutionsStarted": (1.0, "Count")})
    _tell(execution, "RUNNING")


def ended(execution: Execution) -> None:
    """Tell how an execution ended."""
    status = str(execution.status)
    values = {name: (float(name == _METRICS[status]), "Count") for name in _METRICS.values()}
    began = execution.start_date.timestamp()
    values["ExecutionTime"] = ((time.time() - began) * 1000, "Milliseconds")
    _count(execution, values)
    _tell(execution, status)


def _count(execution: Execution, values: dict[str, tuple[float, str]]) -> None:
    metrics.count(
        execution.region_name, "AWS/States", values, {"StateMachineArn": execution.state_machine_arn}
    )


def _tell(execution: Execution, status: str) -> None:
    stop = execution.stop_date
    is_over = status != "RUNNING"
    detail: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "stopDate": int(stop.timestamp() * 1000) if is_over and stop else None,
        "input": execution.execution_input,
        "output": json.dumps(execution.output) if status == "SUCCEEDED" else None,
        "inputDetails": {"included": True},
        "outputDetails": {"included": True} if status == "SUCCEEDED" else None,
        "error": execution.error if is_over else None,
        "cause": execution.cause if is_over else None,
    }
    events.publish(
        "aws.states",
        "Step Functions Execution Status Change",
        detail,
        [execution.exec_arn],
        execution.region_name,
    )
