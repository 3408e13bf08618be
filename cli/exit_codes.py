"""How a command ends: its exit codes, the same for every verb. docs/cli.md shows them; a test compares."""

from __future__ import annotations

import json
from enum import IntEnum

from cli.session import CommandError


class ExitCode(IntEnum):
    """What a script may rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    BUSY = 4
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "it is so",
    ExitCode.FAILED: "it could not be done; the message says why",
    ExitCode.USAGE: (
        "the words are wrong: no such verb or option, no JSON, no ARN, no such column, a name that is taken"
    ),
    ExitCode.REFUSED: "it was understood, and refused: by the rotation's rules, or not confirmed",
    ExitCode.BUSY: "the model's stack or endpoint is being changed: try again later",
    ExitCode.INTERRUPTED: "ended by Ctrl-C; what AWS has begun goes on",
}


class WrongWords(CommandError):
    """What was typed cannot be meant; nothing was asked of AWS."""


class Refused(CommandError):
    """What was asked is against a rule, or was not confirmed; nothing was changed."""


class Busy(CommandError):
    """Something else is changing the model."""


def code_of(error: Exception) -> ExitCode:
    """The exit code of what ended a command."""
    if isinstance(error, WrongWords | json.JSONDecodeError):
        return ExitCode.USAGE
    if isinstance(error, Refused):
        return ExitCode.REFUSED
    return ExitCode.BUSY if isinstance(error, Busy) else ExitCode.FAILED
