"""Calls that the embedded AWS keeps waiting until a test has done what must come before them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from emulator import edge
from emulator.edge import Call

Hold = Callable[[str], threading.Event]
"""Of an operation: its calls wait until the event that is answered is set."""


@contextmanager
def holding(patch: pytest.MonkeyPatch, whose: Callable[[str], bool]) -> Iterator[Hold]:
    """Holds calls of the roles whose ARN `whose` accepts; in the end all go on."""
    gates: list[threading.Event] = []

    def hold(operation: str) -> threading.Event:
        gate = threading.Event()
        gates.append(gate)

        def intercept(call: Call) -> None:
            role = call.principal.role_arn
            if call.operation == operation and role is not None and whose(role):
                gate.wait()

        patch.setattr(edge, "interceptors", [*edge.interceptors, intercept])
        return gate

    try:
        yield hold
    finally:
        for gate in gates:
            gate.set()
