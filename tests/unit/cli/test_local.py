"""`make deploy-local` and `make local-env`, without an embedded AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import cdk, embedded_aws, local, resource_types
from tests.unit.cli.conftest import FakeAws


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_aws, "STATE", tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["cli.local", *words])
    return local.main()


@pytest.mark.parametrize("port", ["", "x"])
def test_what_is_no_port_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    assert run(monkeypatch, "deploy", "--port", port) == 1
    told = f"{port!r} is no port: choose a number from 1 to 65535 with PORT=<number>\n"
    assert capsys.readouterr().err == told


def test_what_is_exported_leaves_no_service_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = embedded_aws.EmbeddedAws(4566, 1)
    monkeypatch.setattr(embedded_aws, "running_one", lambda: running)
    elsewhere = ("AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE")
    for name in elsewhere:
        monkeypatch.setenv(name, "real")
    assert run(monkeypatch, "env") == 0
    shell = f"{capsys.readouterr().out}env"
    there = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    assert [name for name in elsewhere if f"{name}=" in there] == []
    assert f"AWS_ENDPOINT_URL={running.url}\n" in there


def test_what_was_exported_is_unset_also_when_it_has_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exported = embedded_aws.EmbeddedAws(4566, 1).environment
    assert run(monkeypatch, "env", "--unset") == 0
    shell = f"{capsys.readouterr().out}env"
    left = subprocess.run(
        ["sh", "-c", shell], env={**os.environ, **exported}, capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in exported if f"{name}=" in left] == []


def test_a_deploy_ends_with_the_table_of_resource_types(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embedded_aws, "running_one", lambda: embedded_aws.EmbeddedAws(4566, 1))
    monkeypatch.setattr(embedded_aws.EmbeddedAws, "point_here", lambda _self: None)
    monkeypatch.setattr(cdk, "bootstrap", lambda *_: print("bootstrapped"))
    monkeypatch.setattr(cdk, "deploy_all", lambda *_: print("deployed"))
    monkeypatch.setattr(resource_types, "environment_stacks", lambda _session: ["a", "b"])
    held = ["AWS::S3::Bucket", "AWS::XRay::Group", "AWS::Logs::Thing"]
    aws.says(
        "cloudformation",
        "list_stack_resources",
        {"StackResourceSummaries": [{"ResourceType": it} for it in held]},
    )
    known = [
        {"type": kind, "fidelity": fidelity, "note": note}
        for kind, fidelity, note in zip(
            held, ("real", "stub", "ignored"), ("", "no traces", "all"), strict=True
        )
    ]
    monkeypatch.setattr(resource_types, "all_types", lambda: known)
    assert run(monkeypatch, "deploy") == 0
    _, _, deployed = capsys.readouterr().out.partition("bootstrapped")
    _, _, table = deployed.partition("deployed")
    rows = [line.split() for line in table.replace("│", " ").splitlines()]
    for row in (
        ["AWS::S3::Bucket", "2", "real"],
        ["AWS::XRay::Group", "2", "stub", "no", "traces"],
        ["AWS::Logs::Thing", "2", "ignored", "all"],
    ):
        assert row in rows
