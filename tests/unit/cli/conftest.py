"""AWS as the CLI sees it, answering what a test says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import session as sessions
from cli.session import Session
from sagemaker_lifecycle.spec import ModelSpec


def aws_error(code: str, message: str = "so it is") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def does_not_exist(stack: str) -> ClientError:
    return aws_error("ValidationError", f"Stack with id {stack} does not exist")


HOUSE_PRICES = next(
    spec for spec in sessions.load_models(sessions.ROOT / "models") if spec.name == "house-prices"
)

FOREST = ModelSpec.model_validate(
    {
        "name": "m",
        "source": {"type": "s3", "bucket": "a-bucket", "prefix": "p/"},
        "target": "y",
        "features": {"number": ["x"]},
        "algorithm": "random-forest",
        "gate": {"metric": "rmse", "threshold": 1},
        "serving": {"type": "realtime"},
    }
)


class FakeAws:
    """``aws.says("ssm", "get_parameter", answer, ...)``: one answer a call, the last one for ever.

    An answer is a dict, an exception to raise, or a function of the call's keyword arguments; of a paginator
    it is one page, or a list of them.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Any]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def says(self, service: str, operation: str, *answers: Any) -> None:
        self.answers[service, operation] = list(answers)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == operation]

    def client(self, service: str) -> Any:
        return _FakeClient(self, service)

    def answer(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        self.calls.append((operation, parameters))
        left = self.answers[service, operation]
        told = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(told, Exception):
            raise told
        return told(**parameters) if callable(told) else told


class _FakeClient:
    def __init__(self, aws: FakeAws, service: str) -> None:
        self._aws, self._service = aws, service

    def get_paginator(self, operation: str) -> Any:
        def paginate(**parameters: Any) -> list[Any]:
            answer = getattr(self, operation)(**parameters)
            return answer if isinstance(answer, list) else [answer]

        return SimpleNamespace(paginate=paginate)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(*positional: Any, **parameters: Any) -> Any:
            named = dict(zip(("Filename", "Bucket", "Key"), positional, strict=False))  # upload_file
            return self._aws.answer(self._service, operation, {**named, **parameters})

        return call


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """Every client of the CLI, in an environment that names a region and an emulator."""
    fake = FakeAws()
    fake.says("sts", "get_caller_identity", {"Account": "123456789012", "Arn": CALLER})
    monkeypatch.setattr(sessions, "_client", fake.client)
    monkeypatch.setattr(sessions, "load_models", lambda _folder: (HOUSE_PRICES,))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_PROFILE", "AWS_REGION", "LIFECYCLE_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return fake


@pytest.fixture
def session(aws: FakeAws) -> Session:
    return Session("dev")


CREATED = datetime(2026, 1, 1, tzinfo=UTC)
CALLER = "arn:aws:iam::123456789012:user/ada"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/lifecycle-dev-house-prices"


def stack(
    name: str = "house-prices", status: str = "UPDATE_COMPLETE", champion: str = "", **more: Any
) -> Any:
    """DescribeStacks of an endpoint stack, or of another with its outputs."""
    parameters = [{"ParameterKey": "ChampionPackage", "ParameterValue": champion}]
    described = {
        "StackName": f"lifecycle-dev-{name}",
        "StackStatus": status,
        "CreationTime": CREATED,
        "Parameters": parameters,
        **more,
    }
    return {"Stacks": [described]}


def with_outputs(**outputs: str) -> Any:
    pairs = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return stack("x", Outputs=pairs)
