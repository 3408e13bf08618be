"""Replacing a function of moto's, with the certainty that it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def replaces(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the decorated function in the place of ``owner.name``; it gets the original as first argument.

    Raises RuntimeError where an upgrade of moto has no such function any more.
    """
    original = vars(owner).get(name)
    if not callable(original):
        raise RuntimeError(f"moto has no {owner.__name__}.{name} any more: adapt the patch")

    def put(function: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*positional: Any, **named: Any) -> Any:
            return function(original, *positional, **named)

        setattr(owner, name, replacement)
        return function

    return put
