"""Finding the embedded AWS again, and refusing ports, without starting one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli import embedded_aws
from cli.embedded_aws import EmbeddedAws
from cli.session import CommandError


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(embedded_aws, "STATE", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"port": "x", "pid": 1}', '{"port": 1, "pid": 1}']
)
def test_a_stale_or_broken_note_is_no_running_one(state: Path, text: str | None) -> None:
    if text is not None:
        (state / "emulator.json").write_text(text)
    assert embedded_aws.running_one() is None


@pytest.fixture
def ended() -> EmbeddedAws:
    pid = os.spawnv(os.P_NOWAIT, "/bin/true", ["true"])
    os.waitpid(pid, 0)
    return EmbeddedAws(port=1, pid=pid)


def test_what_has_ended_already_can_be_stopped(state: Path, ended: EmbeddedAws) -> None:
    embedded_aws.remember(ended)
    embedded_aws.stop(ended)
    assert not (state / "emulator.json").exists()


def test_the_end_of_a_demo_does_not_make_a_local_deploy_forgotten(state: Path, ended: EmbeddedAws) -> None:
    embedded_aws.remember(EmbeddedAws(port=4566, pid=os.getpid()))
    embedded_aws.stop(ended)
    assert (state / "emulator.json").exists()


@pytest.mark.parametrize("text", ["65536", "-1", "abc", "", "4566.0"])
def test_what_is_no_port_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        embedded_aws.port_named(text)
    assert str(caught.value) == f"{text!r} is no port: choose a number from 1 to 65535 with PORT=<number>"


def test_a_port_is_a_number() -> None:
    assert [embedded_aws.port_named(text) for text in ("1", "65535")] == [1, 65535]


def test_a_port_of_the_systems_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("socket.socket.bind", denied)
    with pytest.raises(CommandError, match="port 80 is reserved for the system"):
        embedded_aws.start(80, log=state / "log", with_parent=True)


def test_pointing_here_leaves_no_way_to_a_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*embedded_aws.OF_ACCOUNTS, "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "real")
    running = EmbeddedAws(port=4566, pid=1)
    for name in running.environment:
        monkeypatch.setenv(name, "real")  # so that they are put back afterwards
    running.point_here()
    assert {k: v for k, v in os.environ.items() if k.startswith("AWS_") and v == "real"} == {}
    assert os.environ["AWS_ENDPOINT_URL"] == "http://localhost:4566"
