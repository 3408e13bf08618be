"""Calls that go wrong on purpose, as a client of the front door sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError, ConnectionClosedError

from emulator import clock, faults
from emulator.faults import Fault
from emulator.server import Emulator
from tests.integration.conftest import allow

Client = Callable[..., Any]


@pytest.fixture(autouse=True)
def lifted() -> Iterator[None]:
    yield
    faults.lift()


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """`ok`, the code of AWS's error, or `cut`."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except ConnectionClosedError:
        return "cut"
    return "ok"


def put(client: Client, name: str, value: str, **more: Any) -> str:
    ssm = client("ssm", **more)
    return outcome(ssm.put_parameter, Name=name, Value=value, Type="String", Overwrite=True)


def value(client: Client, name: str) -> str:
    return client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def test_the_call_that_was_named_fails_and_its_neighbours_do_not(client: Client, name: str) -> None:
    faults.inject(Fault("ssm:PutParameter", "error", first=2, code="InternalServerError", status=500))
    assert [put(client, name, "a"), put(client, name, "b"), put(client, name, "c")] == [
        "ok",
        "InternalServerError",
        "ok",
    ]
    assert value(client, name) == "c"


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [("ssm", "describe_parameters", "ThrottlingException"), ("cloudformation", "list_stacks", "Throttling")],
)
def test_without_a_code_a_service_throttles_in_its_own_words(
    client: Client, service: str, call: str, code: str
) -> None:
    faults.inject(Fault(f"{service}:*", "error"))
    assert outcome(getattr(client(service), call)) == code


def test_several_operations_are_counted_as_one(client: Client, name: str) -> None:
    faults.inject(Fault("ssm:[PD]ut*,ssm:Label*", "error", first=2))
    assert put(client, name, "a") == "ok"
    assert outcome(client("ssm").describe_parameters) == "ok"
    assert outcome(client("ssm").label_parameter_version, Name=name, Labels=["x"]) == "ThrottlingException"


def test_a_call_whose_answer_is_lost_was_carried_out(client: Client, name: str) -> None:
    faults.inject(Fault("ssm:PutParameter", "lost"))
    assert put(client, name, "a") == "cut"
    assert value(client, name) == "a"


def test_a_slow_call_is_carried_out_late(client: Client, name: str) -> None:
    faults.inject(Fault("ssm:PutParameter", "slow", hold=0.2))
    began = time.monotonic()
    assert put(client, name, "a") == "ok"
    assert time.monotonic() - began >= 0.2


def test_a_call_that_hangs_was_not_carried_out(client: Client, name: str) -> None:
    put(client, name, "before")
    faults.inject(Fault("ssm:PutParameter", "hang", hold=0.2))
    began = time.monotonic()
    assert put(client, name, "after") == "cut"
    assert time.monotonic() - began >= 0.2
    assert value(client, name) == "before"


def test_from_a_caller_that_crashed_nothing_more_arrives(
    client: Client, name: str, role: Callable[..., dict[str, Any]]
) -> None:
    caller = role(allow("ssm:*"))
    faults.inject(Fault("ssm:PutParameter", "crash", first=2, role=caller["RoleName"]))
    as_caller: dict[str, Any] = {"credentials": caller}
    assert [put(client, name, text, **as_caller) for text in "abc"] == ["ok", "cut", "cut"]
    assert outcome(client("ssm", caller).get_parameter, Name=name) == "cut"
    assert value(client, name) == "b"  # the developer is another caller
    faults.lift()
    assert put(client, name, "d", **as_caller) == "ok"


def test_a_period_ends_on_the_shortened_clock(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "scale", 1.0)
    faults.inject(Fault("ssm:*", "error", times=None, seconds=60))
    assert [put(client, name, "a"), put(client, name, "b")] == ["ThrottlingException"] * 2
    monkeypatch.setattr(clock, "scale", 1 / 60_000)
    time.sleep(0.001)
    assert put(client, name, "c") == "ok"


def test_the_emulators_own_calls_are_never_hit(client: Client, name: str) -> None:
    from emulator import aws

    faults.inject(Fault("ssm:*", "error", times=None))
    assert outcome(aws.client("ssm").describe_parameters) == "ok"
    assert outcome(client("ssm").describe_parameters) == "ThrottlingException"


def test_over_http_a_fault_is_injected_listed_and_lifted(
    emulator: Emulator, client: Client, name: str
) -> None:
    url = f"{emulator.url}/_emulator/faults"
    answer = urllib3.request("POST", url, json={"operation": "ssm:PutParameter", "effect": "error"})
    assert answer.status == 201
    assert put(client, name, "a") == "ThrottlingException"
    [listed] = urllib3.request("GET", url).json()
    assert (listed["operation"], listed["hits"]) == ("ssm:PutParameter", 1)
    assert urllib3.request("DELETE", url).json() == []
    assert put(client, name, "a") == "ok"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("no json", "Expecting"),
        ("[]", "operation"),
        ('{"operation": "ssm:*"}', "effect"),
        ('{"operation": "ssm:*", "effect": "explode"}', "error, slow, hang, lost, crash"),
        ('{"operation": "ssm", "effect": "error"}', "service:Operation"),
        ('{"operation": "ssm:*", "effect": "error", "first": 0}', "first"),
        ('{"operation": "ssm:*", "effect": "error", "times": 0}', "times"),
        ('{"operation": "ssm:*", "effect": "error", "seconds": 0}', "seconds"),
        ('{"operation": "ssm:*", "effect": "error", "hold": -1}', "hold"),
        ('{"operation": "ssm:*", "effect": "error", "times": "x"}', "wrong type"),
        ('{"operation": 7, "effect": "error"}', "wrong type"),
    ],
)
def test_what_is_no_fault_is_refused_with_what_is_allowed(emulator: Emulator, body: str, word: str) -> None:
    answer = urllib3.request("POST", f"{emulator.url}/_emulator/faults", body=body)
    assert answer.status == 400
    assert word in answer.json()["error"]
    assert urllib3.request("GET", f"{emulator.url}/_emulator/faults").json() == []
