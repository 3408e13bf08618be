"""Bounds a blocking call by the wall clock, whatever it hangs in: name look-up, connect, or a trickling body.

botocore's time-outs are fixed when the client is made and count each read anew, so they bound no whole call.
"""

import signal
import threading
from collections.abc import Callable
from functools import cache
from types import FrameType
from typing import NoReturn, TypeVar

Result = TypeVar("Result")


class DeadlinePassed(BaseException):
    """The time is over. A BaseException, because botocore turns an Exception into its own error."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """What `call()` returns; raises TimeoutError when it takes longer than `seconds`.

    Lambda runs a handler in the main thread. Elsewhere no signal can be set: there only the call's own
    time-outs hold.
    """
    if seconds <= 0:
        raise TimeoutError
    if threading.current_thread() is not threading.main_thread():
        return call()
    _listen()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except DeadlinePassed:
        raise TimeoutError from None


def _passed(_number: int, _frame: FrameType | None) -> NoReturn:
    raise DeadlinePassed


@cache
def _listen() -> None:
    """Installs the signal's handler, once: doing so costs more than all the rest here."""
    signal.signal(signal.SIGALRM, _passed)
