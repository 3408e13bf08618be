"""InvokeEndpoint: who answers, what it costs in metrics, and how a model's errors arrive."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.sagemaker import runtime

from .conftest import BUCKET, WSGI, wait_for


@pytest.fixture(scope="module")
def endpoint(line: Any) -> str:
    """A champion (x 10) with nine parts of the traffic, a challenger (x 20) with one; data captured."""
    config = line.config(
        {"champion": (line.model(10), 0.9), "challenger": (line.model(20), 0.1)},
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        },
    )
    return line.endpoint(config)


def test_traffic_follows_the_weights(line: Any, endpoint: str) -> None:
    counts = Counter(line.ask(endpoint)["variant"] for _ in range(40))
    assert counts == {"champion": 36, "challenger": 4}


def test_a_target_variant_is_asked_alone(line: Any, endpoint: str) -> None:
    answers = [line.ask(endpoint, TargetVariant="challenger") for _ in range(5)]
    assert {(one["variant"], one["predictions"][0]) for one in answers} == {("challenger", 40.0)}


def test_an_unknown_variant_is_a_validation_error(line: Any, endpoint: str) -> None:
    with pytest.raises(ClientError, match="Variant other not found") as caught:
        line.ask(endpoint, TargetVariant="other")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_an_unknown_endpoint_is_a_validation_error(line: Any) -> None:
    with pytest.raises(ClientError) as caught:
        line.ask("no-such-endpoint")
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == "Endpoint no-such-endpoint of account 123456789012 not found."


@pytest.mark.parametrize(("body", "status"), [(b"bad", 400), (b"crash", 500)])
def test_a_models_error_arrives_as_a_model_error(line: Any, endpoint: str, body: bytes, status: int) -> None:
    with pytest.raises(ClientError) as caught:
        line.ask(endpoint, body)
    response = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status  # type: ignore[typeddict-item]
    assert f"({status}) from primary with message" in response["Error"]["Message"]
    if status == 400:
        assert response["OriginalMessage"] == '{"error": "not numbers"}'  # type: ignore[typeddict-item]


def test_a_body_over_six_megabytes_is_refused(line: Any, endpoint: str) -> None:
    with pytest.raises(ClientError, match="6291456") as caught:
        line.ask(endpoint, b" " * (6 * 1024 * 1024 + 1))
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_the_content_type_reaches_the_model_and_paths_are_its_own(line: Any, endpoint: str) -> None:
    answer = line.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"2", ContentType="text/csv")
    seen = json.loads(answer["Body"].read())
    assert seen["content_type"] == "text/csv"
    assert seen["model_dir"].endswith("/opt/ml/model")
    assert seen["pythonpath"] == f"{seen['model_dir']}/code"


def test_a_model_that_takes_too_long_is_a_model_error(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = WSGI.replace(
        'if body == b"bad":', 'if body == b"slow":\n        time.sleep(5)\n    if body == b"bad":'
    )
    name = line.endpoint(line.config({"champion": (line.model(1, wsgi=slow), 1)}))
    monkeypatch.setattr(runtime, "MODEL_TIMEOUT_SECONDS", 0.3)
    with pytest.raises(ClientError) as caught:
        line.ask(name, b"slow")
    error = caught.value.response["Error"]
    assert error["Code"] == "ModelError"
    assert error["Message"].startswith(
        'Received server error (0) from primary with message "Your invocation timed out while waiting'
    )
    assert line.ask(name)["predictions"] == [2.0]  # the others are still answered
    wait_for(lambda: _sum(line, name, "champion", "InvocationModelErrors"), lambda total: total == 1)
    assert _sum(line, name, "champion", "Invocation5XXErrors") == 0  # it answered nothing


def _metric(
    line: Any, endpoint: str, variant: str, metric: str, stat: str = "Sum", namespace: str = "AWS/SageMaker"
) -> list[float]:
    now = datetime.now(UTC)
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
    query = {"Id": "m", "MetricStat": {"Metric": named, "Period": 3600, "Stat": stat}}
    answer = line.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=30), EndTime=now + timedelta(minutes=5), MetricDataQueries=[query]
    )
    return answer["MetricDataResults"][0]["Values"]


def _sum(line: Any, endpoint: str, variant: str, metric: str) -> float:
    return sum(_metric(line, endpoint, variant, metric))


def test_an_instance_in_use_shows_its_cpu_and_memory(line: Any, endpoint: str) -> None:
    def average(metric: str) -> list[float]:
        return _metric(line, endpoint, "champion", metric, "Average", "/aws/sagemaker/Endpoints")

    wait_for(lambda: (line.ask(endpoint), average("CPUUtilization"))[1], lambda values: any(values))
    assert 0 < average("MemoryUtilization")[0] < 100


def test_invocations_become_metrics(line: Any) -> None:
    name = line.endpoint(line.config({"champion": (line.model(10), 1)}))
    for _ in range(6):
        line.ask(name)
    for body in (b"bad", b"crash"):
        with pytest.raises(ClientError):
            line.ask(name, body)
    wait_for(lambda: _sum(line, name, "champion", "Invocations"), lambda total: total == 8)
    assert _sum(line, name, "champion", "InvocationsPerInstance") == 8
    assert _sum(line, name, "champion", "Invocation4XXErrors") == 1
    assert _sum(line, name, "champion", "Invocation5XXErrors") == 1
    assert _sum(line, name, "champion", "InvocationModelErrors") == 2
    assert 8 * 100 < _sum(line, name, "champion", "ModelLatency") < 8 * 1_000_000  # microseconds
    assert _sum(line, name, "champion", "OverheadLatency") > 0


def test_data_is_captured_as_json_lines(line: Any, endpoint: str) -> None:
    line.ask(endpoint, b"42", InferenceId="the-42nd", TargetVariant="champion")

    def captured() -> list[dict[str, Any]]:
        listed = line.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"captured/{endpoint}/champion/")
        texts = [
            line.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
            for item in listed.get("Contents", [])
        ]
        lines = [json.loads(row) for text in texts for row in text.splitlines()]
        return [one for one in lines if one["eventMetadata"].get("inferenceId") == "the-42nd"]

    [record] = wait_for(captured, bool)
    assert record["captureData"]["endpointInput"] == {
        "observedContentType": "application/json",
        "mode": "INPUT",
        "data": "42",
        "encoding": "JSON",
    }
    assert json.loads(record["captureData"]["endpointOutput"]["data"])["predictions"] == [420.0]


def test_a_shadow_sees_requests_and_answers_none(line: Any) -> None:
    shadow = {
        "VariantName": "challenger",
        "ModelName": line.model(20),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 0.5,
    }
    config = line.config({"champion": (line.model(10), 1)}, ShadowProductionVariants=[shadow])
    name = line.endpoint(config)
    assert {line.ask(name)["variant"] for _ in range(10)} == {"champion"}
    wait_for(lambda: _sum(line, name, "challenger", "Invocations"), lambda total: total == 5)


def test_the_way_through_the_emulator_is_short(line: Any, endpoint: str) -> None:
    line.ask(endpoint)
    times: list[float] = []
    for _ in range(50):
        began = time.perf_counter()
        line.ask(endpoint)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.05  # a busy machine makes most of them longer, a detour each of them
