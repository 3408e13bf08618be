"""Step Functions: moto's interpreter, executing, with the state machine's own role and SageMaker's .sync."""

from __future__ import annotations

from emulator.workflows import executions, interpreter, machines

__all__ = ["executions", "machines", "start", "stop"]

interpreter.patch()


def start() -> None:
    """Begin to take executions."""


def stop() -> None:
    """End every running execution."""
    executions.stop()
