"""How a demo ends: its exit codes, and the embedded AWS that is stopped each time."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import demo, embedded_aws
from cli.embedded_aws import EmbeddedAws
from cli.session import ROOT, CommandError


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[EmbeddedAws]:
    """Those that were stopped; none is really started."""
    ended: list[EmbeddedAws] = []
    running = EmbeddedAws(port=1, pid=1)
    monkeypatch.setattr(embedded_aws, "start", lambda *_, **__: running)
    monkeypatch.setattr(EmbeddedAws, "point_here", lambda _self: None)
    monkeypatch.setattr(embedded_aws, "stop", ended.append)
    return ended


def ends(monkeypatch: pytest.MonkeyPatch, how: BaseException | None, *words: str) -> int:
    def run(_self: Any) -> None:
        if how:
            raise how

    monkeypatch.setattr(demo._Demo, "run", run)
    monkeypatch.setattr(sys, "argv", ["demo", *words])
    return demo.main()


def test_all_that_held_is_0(stopped: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert ends(monkeypatch, None) == 0
    told = capsys.readouterr().out
    table = told[told.index("seconds a step") :]
    assert re.search(r"start the embedded AWS\W+\d+\.\d\b", table)
    assert told.endswith("all of it held\n")
    assert len(stopped) == 1


def test_a_step_that_did_not_hold_is_1_with_its_reason(
    stopped: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    assert ends(monkeypatch, CommandError("cdk said [/odd] things")) == 1
    told = capsys.readouterr().out
    assert "failed: cdk said [/odd] things\n" in told
    assert "demo-emulator.log" in told
    assert len(stopped) == 1


def test_ctrl_c_is_130(stopped: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert ends(monkeypatch, KeyboardInterrupt()) == 130
    assert "stopped; nothing is left behind" in capsys.readouterr().out
    assert len(stopped) == 1


def test_a_second_ctrl_c_does_not_keep_it_from_ending(
    stopped: list[EmbeddedAws], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(running: EmbeddedAws) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        stopped.append(running)

    monkeypatch.setattr(embedded_aws, "stop", stop)
    assert ends(monkeypatch, KeyboardInterrupt()) == 130
    assert len(stopped) == 1


def test_what_nobody_foresaw_stops_it_too(stopped: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        ends(monkeypatch, ZeroDivisionError())
    assert len(stopped) == 1


def test_an_unknown_model_starts_nothing(stopped: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert ends(monkeypatch, None, "nope") == 1
    told = capsys.readouterr().out
    assert "no model is named 'nope'" in told
    assert "log" not in told
    assert stopped == []


def test_a_mistake_in_another_model_does_not_matter(
    stopped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "models" / "house-prices", tmp_path / "house-prices")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model.yaml").write_text("name: other\n")
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path))
    assert ends(monkeypatch, None) == 0
    assert len(stopped) == 1


def test_a_model_that_cannot_run_here_ends_before_anything_is_started(
    stopped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.yaml").write_text(
        "name: mine\nsource: {type: s3, bucket: a-bucket, prefix: p/}\ntarget: y\nfeatures: {number: [x]}\n"
        "algorithm: container\n"
        f"image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine@sha256:{'0' * 64}\n"
        "gate: {metric: rmse, threshold: 1}\nserving: {type: realtime}\n"
    )
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path))
    assert ends(monkeypatch, None, "mine") == 1
    assert "which the embedded AWS cannot run" in capsys.readouterr().out
    assert stopped == []
