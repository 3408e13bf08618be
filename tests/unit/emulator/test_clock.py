"""The shortened clock of the emulator."""

from __future__ import annotations

import threading
import time

import pytest

from emulator import clock


def test_waits_are_as_long_as_the_shortened_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "scale", 1 / 1000)
    began = time.monotonic()
    assert clock.sleep(20) is False
    assert 0.02 <= time.monotonic() - began < 20
    cut = threading.Event()
    cut.set()
    assert clock.sleep(3600 * 1000, cut) is True


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan", "inf"])
def test_a_scale_that_is_no_length_of_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=f"EMULATOR_TIME_SCALE is '{text}'; allowed is a number, 0 or more"):
        clock.scale_of(text)


def test_a_scale_of_0_does_not_wait() -> None:
    assert clock.scale_of("0") == 0
