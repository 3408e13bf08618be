"""The question before an environment is destroyed."""

from __future__ import annotations

import io
import sys

import pytest

from cli import main, teardown
from cli.session import Session
from tests.unit.cli.conftest import FakeAws


@pytest.fixture(autouse=True)
def destroyed(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments that were destroyed; each has two stacks."""
    gone: list[str] = []

    def destroy(session: Session, _tell: teardown.Tell) -> list[str]:
        gone.append(session.environment)
        return []

    monkeypatch.setattr(teardown, "environment_stacks", lambda _session: ["one", "two"])
    monkeypatch.setattr(teardown, "destroy", destroy)
    return gone


def lifecycle(monkeypatch: pytest.MonkeyPatch, typed: str) -> int:
    """The exit code of `lifecycle destroy` where so much is typed."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys, "argv", ["lifecycle", "destroy"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    return int(ended.value.code or 0)


def test_it_says_where_the_environment_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], destroyed: list[str]
) -> None:
    assert lifecycle(monkeypatch, "dev\n") == 0
    where = "account 123456789012, region eu-west-1, at http://localhost:1"
    assert f"this deletes 2 stacks and all data in {where}; type dev" in capsys.readouterr().err
    assert destroyed == ["dev"]


def test_on_aws_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], destroyed: list[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert lifecycle(monkeypatch, "dev\n") == 0
    assert "region eu-west-1, on AWS; type dev" in capsys.readouterr().err


def test_where_nobody_can_answer_nothing_is_destroyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], destroyed: list[str]
) -> None:
    assert lifecycle(monkeypatch, "") == 3
    assert capsys.readouterr().err.endswith("not confirmed: nothing was deleted\n")
    assert destroyed == []
