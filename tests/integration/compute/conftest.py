"""Roles and functions for the tests of compute services."""

from __future__ import annotations

import functools
import io
import json
import textwrap
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

ClientFactory = Callable[..., Any]
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def package(source: str, **more: str) -> bytes:
    """A zip with main.py (and more files by name without .py)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {"main": source, **more}.items():
            archive.writestr(f"{name}.py", textwrap.dedent(text))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def client(client: ClientFactory) -> ClientFactory:
    """As everywhere, but a client of the developer is made once: reading a service's model takes long."""
    return functools.cache(client)


@pytest.fixture
def service_role(role: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """``service_role("lambda.amazonaws.com", statement ...)``: ARN of a role that the service may assume."""

    def make(service: str, *statements: dict[str, Any]) -> str:
        return role(*statements, trust={"Service": service})["RoleArn"]

    return make


@pytest.fixture
def function(client: ClientFactory, service_role: Callable[..., str], name: str) -> Callable[..., str]:
    """``function(source, ...)``: ARN of a function whose handler is main.handler."""
    made: list[str] = []

    def make(source: str, *statements: dict[str, Any], suffix: str = "", **settings: Any) -> str:
        arn = client("lambda").create_function(
            FunctionName=f"{name}{suffix}",
            Runtime="python3.11",
            Role=settings.pop("Role", None) or service_role("lambda.amazonaws.com", LOGS, *statements),
            Handler=settings.pop("Handler", "main.handler"),
            Code={"ZipFile": package(source)},
            **settings,
        )["FunctionArn"]
        made.append(arn)
        return arn

    return make


@pytest.fixture
def call(client: ClientFactory) -> Callable[..., Any]:
    """``call(function_arn, event)``: the answer, or the error's dict."""

    def invoke(arn: str, event: Any = None) -> Any:
        answer = client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    return invoke
