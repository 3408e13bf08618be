"""What the prediction API answers for what the endpoint does, over a real connection to a loopback stub."""

import json
import threading
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from tests.unit.handlers import stub_endpoint as endpoint
from tests.unit.handlers.stub_endpoint import Stub

Load = Callable[[str], ModuleType]
GONE = "Endpoint dev-house-prices of account 123456789012 not found."
GOOD = {"SquareFeet": 3100, "Rooms": 4}


@pytest.fixture(scope="module")
def server() -> Iterator[Stub]:
    with endpoint.serving() as running:
        yield running


@pytest.fixture(scope="module")
def client(load: Load, server: Stub) -> Iterator[Any]:
    """A client configured as the function's, to the stub."""
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    config = load("predict.aws").CONFIG
    made = session.client("sagemaker-runtime", endpoint_url=server.url, config=config)
    yield made
    made.close()


@pytest.fixture
def stub(load: Load, server: Stub, client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(load("predict.aws"), "_RUNTIME", client)
    server.reset()
    yield server
    server.closing.set()


@pytest.fixture
def ask(load: Load, stub: Stub, context: Any) -> Callable[..., Any]:
    def asked(*answers: endpoint.Answer, variant: str | None = None, within: Any = context) -> Any:
        stub.answers = list(answers)
        answer = load("predict.handler").handler(_event(variant), within)
        return answer["statusCode"], json.loads(answer["body"]), answer["headers"]

    return asked


@pytest.fixture
def bounds(load: Load, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that each call of the endpoint was given."""
    aws, given = load("predict.aws"), list[float]()
    within = aws.within
    monkeypatch.setattr(aws, "within", lambda seconds, call: given.append(seconds) or within(seconds, call))
    return given


def _event(variant: str | None = None) -> dict[str, Any]:
    return {
        "pathParameters": {"model": "house-prices"},
        "queryStringParameters": None if variant is None else {"variant": variant},
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"instances": [GOOD]}),
        "isBase64Encoded": False,
    }


def test_a_prediction_comes_back_with_model_and_variant(ask: Any, stub: Stub) -> None:
    status, body, headers = ask(endpoint.predictions(360000.0))
    assert status == 200
    captured = stub.asked[0]["headers"]["X-Amzn-SageMaker-Inference-Id"]
    assert body.pop("inference_id").startswith(f"{captured}.")
    assert body == {
        "model": "house-prices",
        "variant": "champion",
        "predictions": [360000.0],
    }
    assert headers["Content-Type"] == "application/json"
    assert stub.asked[0]["path"] == "/endpoints/dev-house-prices/invocations"
    assert json.loads(stub.asked[0]["body"]) == {"instances": [[3100, 4]]}


@pytest.mark.parametrize("variant", [None, "challenger"])
def test_only_a_variant_that_was_asked_for_is_targeted(ask: Any, stub: Stub, variant: str | None) -> None:
    ask(endpoint.predictions(1.0), variant=variant)
    assert stub.asked[0]["headers"].get("X-Amzn-SageMaker-Target-Variant") == variant


def test_a_refused_request_never_reaches_the_endpoint(load: Load, ask: Any, stub: Stub, context: Any) -> None:
    large = {**_event(), "body": "x" * 2_000_000}
    assert load("predict.handler").handler(large, context)["statusCode"] == 413
    assert stub.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (endpoint.failure(400, "ValidationError", GONE), 409, "ModelNotReleased"),
        (
            endpoint.failure(424, "ModelError", "x", OriginalStatusCode=500, OriginalMessage="boom"),
            502,
            "ModelFailed",
        ),
        (endpoint.failure(424, "ModelError", "x"), 502, "ModelFailed"),
        (endpoint.failure(429, "ModelNotReadyException", "loading"), 503, "ModelNotReady"),
        (endpoint.failure(400, "ThrottlingException", "Rate exceeded"), 429, "Throttled"),
        (endpoint.failure(429, "ThrottlingException", "Rate exceeded"), 429, "Throttled"),
        (endpoint.failure(500, "InternalFailure", "x"), 502, "EndpointUnavailable"),
        (endpoint.failure(503, "ServiceUnavailable", "x"), 502, "EndpointUnavailable"),
        (endpoint.failure(530, "InternalDependencyException", "x"), 502, "EndpointUnavailable"),
        (endpoint.failure(403, "AccessDeniedException", "secret detail"), 500, "Internal"),
        (endpoint.failure(400, "ValidationError", "something else"), 500, "Internal"),
        (endpoint.reply(200, {"predictions": [1, 2]}), 502, "BadModelAnswer"),
        (endpoint.hang_up, 502, "EndpointUnreachable"),
        (endpoint.cut_short, 502, "EndpointUnreachable"),
    ],
)
def test_a_failure_of_the_endpoint_has_its_status(ask: Any, answer: Any, status: int, code: str) -> None:
    got, body, _ = ask(answer)
    assert (got, body["error"]["code"]) == (status, code)
    assert "secret detail" not in body["error"]["message"]


def test_a_model_without_endpoint_is_said_to_be_parked_or_not_released(ask: Any) -> None:
    _, body, _ = ask(endpoint.failure(400, "ValidationError", GONE))
    assert "parked or not released" in body["error"]["message"]


def test_the_models_own_refusal_is_passed_on_as_400(ask: Any) -> None:
    refusal = endpoint.failure(
        424, "ModelError", "x", OriginalStatusCode=422, OriginalMessage="SquareFeet is odd"
    )
    status, body, _ = ask(refusal)
    assert (status, body["error"]["code"]) == (400, "ModelRefused")
    assert "SquareFeet is odd" in body["error"]["message"]


def test_a_variant_that_the_endpoint_lacks_is_400(ask: Any) -> None:
    missing = endpoint.failure(400, "ValidationError", "Variant challenger not found for endpoint")
    status, body, _ = ask(missing, variant="challenger")
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, "UnknownVariant", "variant")


def test_a_missing_endpoint_called_variant_is_still_409(ask: Any) -> None:
    gone = endpoint.failure(400, "ValidationError", "Endpoint dev-variant of account 123456789012 not found.")
    assert ask(gone, variant="challenger")[0] == 409


@pytest.mark.parametrize("error", ["ModelNotReadyException", "ThrottlingException"])
def test_what_passes_with_time_says_when_to_come_back(ask: Any, stub: Stub, error: str) -> None:
    headers = ask(endpoint.failure(429, error, "x"))[2]
    assert int(headers["Retry-After"]) >= 1
    assert len(stub.asked) == 1


def test_a_connection_closed_while_the_function_slept_is_tried_again(ask: Any, stub: Stub) -> None:
    assert ask(endpoint.hang_up, endpoint.predictions(1.0))[0] == 200
    assert len(stub.asked) == 2


@pytest.mark.parametrize("misbehaviour", [endpoint.hang, endpoint.trickle])
def test_a_hang_is_504_half_a_second_before_the_functions_end(
    ask: Any, context_of: Any, stub: Stub, bounds: list[float], misbehaviour: Any
) -> None:
    status, body, _ = ask(misbehaviour, within=context_of(700))
    assert (status, body["error"]["code"]) == (504, "Timeout")
    assert bounds == [pytest.approx(0.2)]
    assert len(stub.asked) == 1


def test_the_next_call_after_a_hang_works(ask: Any, context_of: Any) -> None:
    assert ask(endpoint.hang, within=context_of(600))[0] == 504
    assert ask(endpoint.predictions(1.0))[0] == 200


def test_no_time_left_is_504_without_a_call(ask: Any, context_of: Any, stub: Stub) -> None:
    assert ask(endpoint.predictions(1.0), within=context_of(400))[0] == 504
    assert stub.asked == []


def test_an_endpoint_that_nobody_serves_is_502(load: Load, ask: Any, monkeypatch: Any) -> None:
    def refused(**_request: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://runtime.sagemaker")

    monkeypatch.setattr(load("predict.aws"), "_RUNTIME", SimpleNamespace(invoke_endpoint=refused))
    assert ask(endpoint.predictions(1.0))[0] == 502


def test_no_read_outlives_api_gateway_and_botocore_tries_once(load: Load) -> None:
    config = load("predict.aws").CONFIG
    assert config.connect_timeout + config.read_timeout <= 29
    assert config.retries["total_max_attempts"] == 1


def test_outside_the_main_thread_a_call_still_works(load: Load) -> None:
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.append(load("predict.deadline").within(1, lambda: 7)))
    thread.start()
    thread.join()
    assert got == [7]


def test_each_request_leaves_one_line_of_json(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ask(endpoint.predictions(1.0))
    ask(endpoint.hang_up)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["level"] for line in lines] == ["INFO", "ERROR"]
    assert lines[0]["model"] == "house-prices"
    assert lines[1]["status"] == 502
