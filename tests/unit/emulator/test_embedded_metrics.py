"""Log lines that are metrics, and those that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import metrics
from emulator.functions import embedded_metrics

LINE: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1,
        "CloudWatchMetrics": [
            {"Namespace": "N", "Dimensions": [["A"], ["A", "B"]], "Metrics": [{"Name": "M", "Unit": "Count"}]}
        ],
    },
    "A": "a",
    "B": "b",
    "M": [1, 2.5],
}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(metrics, "count", lambda *given: found.append(given))
    return found


def test_each_value_is_written_under_each_set_of_dimensions(written: list[Any]) -> None:
    embedded_metrics.extract("eu-west-1", json.dumps(LINE))
    sets = ({"A": "a"}, {"A": "a", "B": "b"})
    assert written == [
        ("eu-west-1", "N", {"M": (1.0, "Count")}, *sets),
        ("eu-west-1", "N", {"M": (2.5, "Count")}, *sets),
    ]


@pytest.mark.parametrize(
    "changed",
    [{"M": "much"}, {"M": [1] * 101}, {"_aws": {}}, {"_aws": {"CloudWatchMetrics": [{"Namespace": "N"}]}}],
)
def test_a_line_that_breaks_the_format_is_no_metric(
    written: list[Any], changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    embedded_metrics.extract("eu-west-1", json.dumps({**LINE, **changed}))
    assert written == []
    assert "breaks the format" in caplog.text


@pytest.mark.parametrize("message", ["plain", '{"level": "INFO"}', ""])
def test_other_lines_are_no_metrics(
    written: list[Any], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    embedded_metrics.extract("eu-west-1", message)
    assert (written, caplog.text) == ([], "")
