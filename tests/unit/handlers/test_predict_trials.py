"""Callers that give a key stay on one variant while a challenger is on trial."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from handler_common import inference_id

Load = Callable[[str], ModuleType]
STACK = "lifecycle-dev-endpoint-house-prices"
ABSENT = "Variant challenger not found for endpoint dev-house-prices of account 123456789012."


def parameters(**changed: str) -> list[dict[str, str]]:
    """Those of an endpoint stack with all of the traffic for the challenger, with the given ones changed."""
    values = {
        "ChampionPackage": "arn:champion/1",
        "ChallengerPackage": "arn:challenger/2",
        "ChallengerTraffic": "100",
        "ChallengerMode": "canary",
    }
    return [{"ParameterKey": key, "ParameterValue": text} for key, text in {**values, **changed}.items()]


class Amazon:
    """CloudFormation and the endpoint: keeps what it was asked, fails as told."""

    def __init__(self) -> None:
        self.parameters = parameters()
        self.described: list[str] = []
        self.targets: list[str | None] = []
        self.inference_ids: list[str] = []
        self.describing: Exception | None = None
        self.targeting: ClientError | None = None

    def describe_stacks(self, StackName: str) -> Any:
        self.described.append(StackName)
        if self.describing:
            raise self.describing
        return {"Stacks": [{"Parameters": self.parameters}]}

    def invoke_endpoint(self, *, InferenceId: str, TargetVariant: str | None = None, **_rest: Any) -> Any:
        self.targets.append(TargetVariant)
        self.inference_ids.append(InferenceId)
        if TargetVariant and self.targeting:
            raise self.targeting
        body = SimpleNamespace(read=lambda: b'{"predictions": [1.0]}')
        return {"Body": body, "InvokedProductionVariant": TargetVariant or "champion"}


@pytest.fixture
def trials(load: Load) -> ModuleType:
    return load("predict.trials")


@pytest.fixture
def amazon(load: Load, trials: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon()
    monkeypatch.setattr(trials, "_cloudformation", lambda: made)
    monkeypatch.setattr(trials, "_seen", {})
    monkeypatch.setattr(load("predict.aws"), "_RUNTIME", made)
    return made


@pytest.fixture
def clock(trials: ModuleType, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The seconds that trials' clock shows."""
    shown = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(trials, "time", SimpleNamespace(monotonic=lambda: shown.now))
    return shown


@pytest.fixture
def ask(load: Load, amazon: Amazon, context: Any) -> Callable[..., tuple[int, Any]]:
    def asked(
        query: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        event = {
            "pathParameters": {"model": "house-prices"},
            "queryStringParameters": query,
            "headers": {"content-type": "application/json", **(headers or {})},
            "body": json.dumps({"instances": [{"SquareFeet": 3100, "Rooms": 4}]}),
        }
        answer = load("predict.handler").handler(event, context)
        return answer["statusCode"], json.loads(answer["body"])

    return asked


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "InvokeEndpoint")


def test_a_request_without_a_key_asks_for_no_trial(ask: Any, amazon: Amazon) -> None:
    assert ask()[0] == 200
    assert (amazon.described, amazon.targets) == ([], [None])


@pytest.mark.parametrize(
    "given",
    [{"query": {"key": "ann"}}, {"headers": {"X-Caller-Key": "ann"}}, {"headers": {"x-caller-key": "ann"}}],
)
def test_a_key_targets_the_callers_variant(ask: Any, amazon: Amazon, given: Any) -> None:
    assert ask(**given)[1]["variant"] == "challenger"
    assert (amazon.described, amazon.targets) == ([STACK], ["challenger"])


def test_the_querys_key_goes_before_the_headers(trials: ModuleType, ask: Any, amazon: Amazon) -> None:
    amazon.parameters = parameters(ChallengerTraffic="50")
    trial = trials.read(amazon.parameters)
    apart = next(key for key in map(str, range(100)) if trial.variant(key) != trial.variant("ann"))
    ask(query={"key": apart}, headers={"X-Caller-Key": "ann"})
    assert amazon.targets == [trial.variant(apart)]


def test_a_variant_asked_for_goes_before_the_callers(ask: Any, amazon: Amazon) -> None:
    ask(query={"key": "ann", "variant": "champion"})
    assert (amazon.described, amazon.targets) == ([], ["champion"])


@pytest.mark.parametrize("key", ["", "x" * 257])
def test_a_key_has_a_length(ask: Any, amazon: Amazon, key: str) -> None:
    status, body = ask(query={"key": key})
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, "BadKey", "key")
    assert amazon.targets == []


@pytest.mark.parametrize(
    "changed", [{"ChallengerPackage": ""}, {"ChampionPackage": ""}, {"ChallengerMode": "shadow"}]
)
def test_nothing_is_targeted_while_nothing_is_on_trial(ask: Any, amazon: Amazon, changed: Any) -> None:
    amazon.parameters = parameters(**changed)
    ask(query={"key": "ann"})
    assert amazon.targets == [None]


def test_the_stack_is_looked_at_once_in_a_while(ask: Any, amazon: Amazon, clock: Any) -> None:
    for _ in range(3):
        ask(query={"key": "ann"})
    amazon.parameters = parameters(ChallengerTraffic="0")
    clock.now += 29.9
    assert ask(query={"key": "ann"})[1]["variant"] == "challenger"
    assert len(amazon.described) == 1
    clock.now += 0.2
    assert ask(query={"key": "ann"})[1]["variant"] == "champion"
    assert amazon.targets[-1] == "champion"


@pytest.mark.parametrize(
    "error", [refusal("Throttling", "Rate exceeded"), ConnectTimeoutError(endpoint_url="https://x")]
)
def test_a_stack_that_cannot_be_read_fails_no_prediction(
    ask: Any, amazon: Amazon, clock: Any, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    amazon.describing = error
    assert ask(query={"key": "ann"})[0] == 200
    assert amazon.targets == [None]
    assert "the trial is not known" in capsys.readouterr().out
    ask(query={"key": "ann"})
    assert len(amazon.described) == 1


def test_what_was_known_holds_while_the_stack_cannot_be_read(ask: Any, amazon: Amazon, clock: Any) -> None:
    ask(query={"key": "ann"})
    amazon.describing = refusal("Throttling", "Rate exceeded")
    clock.now += 31
    assert ask(query={"key": "ann"})[1]["variant"] == "challenger"


def test_a_challenger_that_the_endpoint_has_not_yet_or_no_longer_fails_no_prediction(
    ask: Any, amazon: Amazon, clock: Any
) -> None:
    amazon.targeting = refusal("ValidationError", ABSENT)
    assert ask(query={"key": "ann"})[1]["variant"] == "champion"
    ask(query={"key": "ann"})
    assert amazon.targets == ["challenger", None, None]
    amazon.targeting = None
    clock.now += 31
    assert ask(query={"key": "ann"})[1]["variant"] == "challenger"


def test_another_failure_of_the_callers_variant_is_told(ask: Any, amazon: Amazon) -> None:
    amazon.targeting = refusal("ValidationError", "Endpoint dev-variant of account 123456789012 not found.")
    assert ask(query={"key": "ann"})[0] == 409
    assert amazon.targets == ["challenger"]


def test_a_prediction_has_the_requests_id_which_the_endpoint_captures(
    ask: Any, amazon: Amazon, context: Any
) -> None:
    receipt = inference_id.read(ask()[1]["inference_id"])
    assert receipt is not None
    assert (receipt.request, receipt.drawn) == (context.aws_request_id, True)
    assert amazon.inference_ids == [context.aws_request_id]


@pytest.mark.parametrize(
    ("query", "unit", "drawn"),
    [({"key": "ann"}, "49915e0d7d4b", True), ({"variant": "champion"}, "request-1", False)],
)
def test_an_id_says_whether_and_for_whom_the_variant_was_drawn(
    ask: Any, query: dict[str, str], unit: str, drawn: bool
) -> None:
    receipt = inference_id.read(ask(query=query)[1]["inference_id"])
    assert receipt is not None
    assert (receipt.unit, receipt.drawn) == (unit, drawn)


def test_callers_are_shared_out_as_the_traffic_says(trials: ModuleType) -> None:
    trial = trials.Trial("arn:challenger/2", 10)
    lucky = sum(trial.variant(f"caller-{number}") == "challenger" for number in range(10_000))
    # Three standard deviations of a binomial count are 90.
    assert abs(lucky - 1000) < 90


def test_more_traffic_takes_no_caller_away_from_the_challenger(trials: ModuleType) -> None:
    keys = [str(number) for number in range(1000)]
    before = {key for key in keys if trials.Trial("a", 10).variant(key) == "challenger"}
    after = {key for key in keys if trials.Trial("a", 30).variant(key) == "challenger"}
    assert before < after


def test_two_trials_do_not_try_the_same_callers(trials: ModuleType) -> None:
    keys = [str(number) for number in range(2000)]
    of_one, of_other = trials.Trial("a", 50), trials.Trial("b", 50)
    both = [key for key in keys if of_one.variant(key) == of_other.variant(key) == "challenger"]
    assert 400 < len(both) < 600


@pytest.mark.parametrize(("traffic", "variant"), [(0, "champion"), (100, "challenger")])
def test_none_and_all_of_the_traffic_are_exact(trials: ModuleType, traffic: int, variant: str) -> None:
    assert {trials.Trial("a", traffic).variant(str(number)) for number in range(1000)} == {variant}
