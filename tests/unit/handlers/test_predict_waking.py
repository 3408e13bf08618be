"""A prediction wakes its parked model, where model.yaml says so, and is told when to come again."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

Load = Callable[[str], ModuleType]
Ask = Callable[[], tuple[int, dict[str, Any], dict[str, str]]]
PARKED = "/lifecycle/dev/house-prices/parked"
GONE = "Endpoint dev-house-prices of account 123456789012 not found."


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "of the test")


class Amazon:
    """The endpoint that is not there, what is remembered of it, and the rotate function."""

    def __init__(self) -> None:
        self.parameter: str | Exception = "arn:package/1"
        self.stack: datetime | Exception = datetime(2026, 1, 1, tzinfo=UTC)
        self.parked_at = datetime(2026, 1, 1, tzinfo=UTC)
        self.invoking: Exception | None = None
        self.endpoint_error = error("ValidationError", GONE)
        self.read: list[str] = []
        self.invoked: list[dict[str, Any]] = []

    def invoke_endpoint(self, **_asked: Any) -> Any:
        raise self.endpoint_error

    def get_parameter(self, Name: str) -> Any:
        self.read.append(Name)
        if isinstance(self.parameter, Exception):
            raise self.parameter
        return {"Parameter": {"Value": self.parameter, "LastModifiedDate": self.parked_at}}

    def describe_stacks(self, StackName: str) -> Any:
        assert StackName == "lifecycle-dev-endpoint-house-prices"
        if isinstance(self.stack, Exception):
            raise self.stack
        return {"Stacks": [{"CreationTime": self.stack}]}

    def invoke(self, **asked: Any) -> Any:
        self.invoked.append(asked)
        if self.invoking:
            raise self.invoking


@pytest.fixture
def waking(load: Load) -> ModuleType:
    return load("predict.waking")


@pytest.fixture
def amazon(load: Load, waking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon()
    monkeypatch.setattr(waking, "_client", lambda _: made)
    monkeypatch.setattr(waking, "_found", {})
    monkeypatch.setattr(load("predict.aws"), "_RUNTIME", made)
    monkeypatch.setenv("ROTATE_FUNCTION", "rotate")
    return made


@pytest.fixture
def clock(waking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The seconds that the clock of waking shows."""
    shown = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(waking, "time", SimpleNamespace(monotonic=lambda: shown.now))
    return shown


@pytest.fixture
def asleep(load: Load, amazon: Amazon, context: Any) -> Ask:
    """Asks for a prediction of a model that is woken by none; answers status, error and headers."""

    def asked() -> tuple[int, dict[str, Any], dict[str, str]]:
        event = {
            "pathParameters": {"model": "house-prices"},
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"instances": [{"SquareFeet": 3100, "Rooms": 4}]}),
        }
        answer = load("predict.handler").handler(event, context)
        return answer["statusCode"], json.loads(answer["body"])["error"], answer["headers"]

    return asked


@pytest.fixture
def ask(load: Load, asleep: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The same of a model that a prediction wakes."""
    models = load("predict.handler").MODELS
    monkeypatch.setitem(models, "house-prices", replace(models["house-prices"], parked=PARKED))
    return asleep


def test_a_parked_model_is_asked_to_wake(ask: Ask, amazon: Amazon) -> None:
    status, told, headers = ask()
    assert (status, told["code"], headers["Retry-After"]) == (503, "ModelWaking", "60")
    assert "model house-prices was parked and is being woken" in told["message"]
    (invoked,) = amazon.invoked
    assert (invoked["FunctionName"], invoked["InvocationType"]) == ("rotate", "Event")
    assert json.loads(invoked["Payload"]) == {"action": "wake", "model": "house-prices", "by": "a prediction"}
    assert amazon.read == [PARKED]


def test_a_model_that_no_prediction_wakes_is_left_alone(asleep: Ask, amazon: Amazon) -> None:
    status, told, headers = asleep()
    assert (status, told["code"]) == (409, "ModelNotReleased")
    assert "Retry-After" not in headers
    assert (amazon.read, amazon.invoked) == ([], [])


def test_a_model_that_was_never_parked_is_not_woken(ask: Ask, amazon: Amazon) -> None:
    amazon.parameter = error("ParameterNotFound", "x")
    assert ask()[0] == 409
    assert amazon.invoked == []


@pytest.mark.parametrize("deployed_again", [True, False])
def test_what_a_destroyed_stack_left_behind_wakes_nothing(
    ask: Ask, amazon: Amazon, deployed_again: bool
) -> None:
    missing = error("ValidationError", "Stack with id lifecycle-dev-endpoint-house-prices does not exist")
    amazon.stack = amazon.parked_at + timedelta(seconds=1) if deployed_again else missing
    assert ask()[0] == 409
    assert amazon.invoked == []


@pytest.mark.usefixtures("clock")
def test_many_predictions_ask_once_a_minute(ask: Ask, amazon: Amazon, clock: SimpleNamespace) -> None:
    for seconds in (0.0, 30.0, 59.9):
        clock.now = 1000.0 + seconds
        assert ask()[0] == 503
    assert len(amazon.invoked) == 1
    clock.now = 1060.0
    assert ask()[0] == 503
    assert (len(amazon.invoked), len(amazon.read)) == (2, 2)


@pytest.mark.usefixtures("clock")
def test_what_is_not_parked_is_looked_at_once_a_minute(ask: Ask, amazon: Amazon) -> None:
    amazon.parameter = error("ParameterNotFound", "x")
    assert [ask()[0], ask()[0]] == [409, 409]
    assert amazon.read == [PARKED]


@pytest.mark.parametrize(
    "failure", [error("TooManyRequestsException", "x"), ReadTimeoutError(endpoint_url="https://lambda")]
)
def test_a_model_that_could_not_be_asked_is_asked_again_later(
    ask: Ask, amazon: Amazon, clock: SimpleNamespace, failure: Exception
) -> None:
    amazon.invoking = failure
    assert ask()[0] == 409
    amazon.invoking = None
    clock.now += 60
    assert ask()[0] == 503
    assert len(amazon.invoked) == 2


def test_when_the_memory_cannot_be_read_nothing_is_promised(
    ask: Ask, amazon: Amazon, capsys: pytest.CaptureFixture[str]
) -> None:
    amazon.parameter = error("AccessDeniedException", "not authorized")
    assert ask()[0] == 409
    assert amazon.invoked == []
    assert "not woken" in capsys.readouterr().out


def test_an_endpoint_that_fails_otherwise_wakes_nothing(ask: Ask, amazon: Amazon) -> None:
    amazon.endpoint_error = error("ModelNotReadyException", "loading")
    assert ask()[1]["code"] == "ModelNotReady"
    assert amazon.read == []
