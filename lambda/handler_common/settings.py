"""Reads a function's environment; a missing or wrong variable fails the import of its handler, by name."""

import os


class MissingSetting(RuntimeError):
    """An environment variable that the function needs is not set, or holds what it cannot hold."""


def text(name: str) -> str:
    """The environment variable `name`; raises MissingSetting when it is unset or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(f"environment variable {name} is not set")
    return value


def number(name: str, default: int) -> int:
    """The environment variable `name` as a whole number above 0, `default` when it is unset or empty."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or int(value) == 0:
        raise MissingSetting(f"environment variable {name} is {value!r}, must be a whole number above 0")
    return int(value)


def names(name: str) -> tuple[str, ...]:
    """The environment variable `name` as a comma-separated list of at least one entry."""
    entries = tuple(entry.strip() for entry in text(name).split(",") if entry.strip())
    if not entries:
        raise MissingSetting(f"environment variable {name} is an empty list")
    return entries
