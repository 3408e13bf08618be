"""The handlers, imported once with the environment that Lambda would give them."""

import importlib
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.unit.handlers.rotation_world import World, arn

CONTRACT = {
    "house-prices": {
        "endpoint": "dev-house-prices",
        "features": [
            {"name": "SquareFeet", "type": "number", "minimum": 100, "maximum": 20000},
            {"name": "Rooms", "type": "number"},
        ],
        "task": "regression",
        "protocol": "lifecycle",
    }
}
EXPERIMENTS = {
    name: {
        "endpoint": f"dev-{name}",
        "outcome": outcome,
        "rules": {"alpha": 0.05, "minimum_samples": 500, "loss_tolerance": 0.01},
        "guardrails": {"error_margin": 0.001, "latency_ratio": 1.5},
        "auto_promote": False,
        "thompson": None,
    }
    for name, outcome in (("house-prices", "squared-error"), ("churn", "conversion"))
}
ROLE = "arn:aws:iam::123456789012:role/release"


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModuleType]:
    """Imports a module of a function, in an environment as Lambda gives it, and leaves no trace."""
    asset = tmp_path_factory.mktemp("asset")
    contract, outcomes, experiments = (
        asset / f"{name}.json" for name in ("models", "outcomes", "experiments")
    )
    contract.write_text(json.dumps(CONTRACT))
    outcomes.write_text(json.dumps({"house-prices": "squared-error", "churn": "conversion"}))
    experiments.write_text(json.dumps(EXPERIMENTS))
    environment = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ENVIRONMENT": "dev",
        "MODELS": "house-prices,churn",
        "MODELS_FILE": str(contract),
        "OUTCOMES_FILE": str(outcomes),
        "EXPERIMENTS_FILE": str(experiments),
        "TRIALS_TABLE": "trials",
        "ROTATE_FUNCTION": "rotate",
        "STACK_PREFIX": "lifecycle-dev-endpoint-",
        "GROUP_PREFIX": "lifecycle-dev-",
        "PARAMETER_PREFIX": "/lifecycle/dev/",
        "RELEASE_ROLE_ARN": ROLE,
    }

    def imported(name: str) -> ModuleType:
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in environment.items():
                patch.setenv(variable, value)
            for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "MAX_BODY_BYTES"):
                patch.delenv(variable, raising=False)
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            return importlib.import_module(name)

    return imported


class FakeContext(SimpleNamespace):
    """Lambda's context: the request's id and the milliseconds that remain."""

    def __init__(self, milliseconds: int = 28_000) -> None:
        super().__init__(aws_request_id="request-1")
        self.get_remaining_time_in_millis = lambda: milliseconds


@pytest.fixture
def context() -> Any:
    return FakeContext()


@pytest.fixture
def context_of() -> Callable[[int], Any]:
    """A context of so many remaining milliseconds."""
    return FakeContext


@pytest.fixture
def world(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> World:
    """Packages 1 and 2 are approved, 1 is live."""
    made = World(load("rotate.state"), champion=arn(1), ledger=[arn(1)])
    made.add(1)
    made.add(2)
    for module in ("rotate.release", "rotate.mending"):
        monkeypatch.setattr(load(module), "aws", made)
    return made


@pytest.fixture
def ask(load: Callable[[str], ModuleType], world: World) -> Callable[..., dict[str, Any]]:
    def asked(action: str, package: str | None = None, **more: Any) -> dict[str, Any]:
        event = {
            "action": action,
            "model": "house-prices",
            **({"package": package} if package else {}),
            **more,
        }
        return load("rotate.handler").handler(event, None)

    return asked


@pytest.fixture
def deliver(load: Callable[[str], ModuleType], world: World) -> Callable[..., list[str]]:
    """Delivers approval events; returns the ids of the messages that come again."""

    def delivered(*groups: str) -> list[str]:
        records = [
            {"messageId": f"m{index}", "body": json.dumps({"detail": {"ModelPackageGroupName": group}})}
            for index, group in enumerate(groups)
        ]
        answer = load("rotate.handler").handler({"Records": records}, None)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    return delivered
