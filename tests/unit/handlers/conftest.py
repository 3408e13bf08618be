"""The five handlers, imported once with the environment that Lambda would give them."""

import importlib
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

CONTRACT = {
    "house-prices": {
        "endpoint": "dev-house-prices",
        "features": [
            {"name": "SquareFeet", "type": "number", "minimum": 100, "maximum": 20000},
            {"name": "Rooms", "type": "number"},
        ],
    }
}
ROLE = "arn:aws:iam::123456789012:role/release"


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModuleType]:
    """Imports a module of a function, in an environment as Lambda gives it, and leaves no trace."""
    contract = tmp_path_factory.mktemp("asset") / "models.json"
    contract.write_text(json.dumps(CONTRACT))
    environment = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ENVIRONMENT": "dev",
        "MODELS": "house-prices,churn",
        "MODELS_FILE": str(contract),
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
