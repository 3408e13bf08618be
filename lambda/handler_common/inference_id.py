"""The id that a prediction is answered with: all that feedback must tell of it, so that nothing is stored.

`<request>.<moment>.<variant>.<caller>`: the Lambda request's id, under which the endpoint captures the
request too; when it was answered (seconds since 1970, in hexadecimal digits); the variant that answered;
twelve digits of a hash of the caller's key, none without one, `-` where the caller asked for the variant by
name. Its parts are not signed: who may call the API may be believed.
"""

import hashlib
import re
from dataclasses import dataclass

_CALLER_DIGITS = 12
_FORM = re.compile(r"([0-9A-Za-z-]{1,64})\.([0-9a-f]{1,10})\.(champion|challenger)\.([0-9a-f]{12}|-|)")
_NOT_DRAWN = "-"


@dataclass(frozen=True)
class Receipt:
    """What an id says. at: seconds since 1970. drawn: whether chance chose the variant, not the caller.

    unit: what chance was asked for: the caller where there is a key, else the request.
    """

    request: str
    at: int
    variant: str
    unit: str
    drawn: bool


def made(request: str, at: float, variant: str, *, key: str | None, drawn: bool) -> str:
    """The id of a prediction that was just answered."""
    return f"{request}.{int(at):x}.{variant}.{_caller(key) if drawn else _NOT_DRAWN}"


def read(text: object) -> Receipt | None:
    """What the id says; None for what is none."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    request, moment, variant, caller = found.groups()
    drawn = caller != _NOT_DRAWN
    return Receipt(request, int(moment, 16), variant, (drawn and caller) or request, drawn)


def _caller(key: str | None) -> str:
    if key is None:
        return ""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_CALLER_DIGITS]
