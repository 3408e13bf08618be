"""Which models pass the gate, and what the registry gets to know of them."""

import io
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from botocore.validate import validate_parameters

Load = Callable[[str], ModuleType]
Live = dict[tuple[str, str], dict[str, Any] | None]
GROUP = "lifecycle-dev-house-prices"
LIVE = ("lifecycle-dev-endpoint-house-prices", GROUP)
ARN = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/1"
ARCHIVE = "s3://artifacts/models/house-prices/jobs/0/model.tar.gz"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "model": "house-prices",
    "package_group": GROUP,
    "training_job": "dev-house-prices-0123456789ab",
    "image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    "gate": {"metric": "rmse", "direction": "minimize", "threshold": 5000, "margin": 0},
    "approval": "auto",
    "code_hash": "0123abcd",
    "data": {"data_version": "0123456789ab", "train_uri": "s3://data/models/house-prices/data/"},
    "environment": {"SAGEMAKER_SERVING_MODULE": "wsgi:app"},
    "endpoint_stack": "lifecycle-dev-endpoint-house-prices",
}
JOB: dict[str, Any] = {
    "TrainingJobName": EVENT["training_job"],
    "TrainingJobStatus": "Completed",
    "CreationTime": CREATED,
    "ModelArtifacts": {"S3ModelArtifacts": "s3://artifacts/models/house-prices/jobs/1/model.tar.gz"},
    "FinalMetricDataList": [
        {"MetricName": "validation:rmse", "Value": 4000.0, "Timestamp": CREATED},
        {"MetricName": "validation:r2", "Value": 0.99, "Timestamp": CREATED},
        {"MetricName": "baseline:rmse", "Value": 9000.0, "Timestamp": CREATED},
    ],
}


@pytest.fixture(autouse=True)
def live(load: Load, monkeypatch: pytest.MonkeyPatch) -> Live:
    """What is to be beaten, by endpoint stack and group: nothing, until a test puts it there."""
    known: Live = {LIVE: None}
    monkeypatch.setattr(load("handler_common.champion"), "champion", lambda stack, group: known[stack, group])
    return known


@pytest.fixture
def logic(load: Load) -> ModuleType:
    return load("register_model.logic")


@pytest.fixture
def judge(logic: ModuleType) -> Callable[..., tuple[str, str]]:
    def judged(
        value: float | None, champion: object = None, approval: str = "auto", **gate: object
    ) -> tuple[str, str]:
        request = logic.read_request({**EVENT, "approval": approval, "gate": {**EVENT["gate"], **gate}})
        guess = -1e6 if gate.get("direction") == "maximize" else 1e6
        metrics = {"baseline:rmse": guess, **({} if value is None else {"validation:rmse": value})}
        metadata = {"metric:validation:rmse": str(champion)}
        verdict = logic.judge(request, metrics, None if champion is None else logic.Champion(ARN, metadata))
        return verdict.status, verdict.reason

    return judged


@pytest.mark.parametrize(
    ("direction", "value", "status"),
    [
        ("minimize", 4999.9, "Approved"),
        ("minimize", 5000, "Approved"),
        ("minimize", 5000.1, "Rejected"),
        ("maximize", 5000.1, "Approved"),
        ("maximize", 5000, "Approved"),
        ("maximize", 4999.9, "Rejected"),
    ],
)
def test_the_threshold_is_met_up_to_the_equal(judge: Any, direction: str, value: float, status: str) -> None:
    assert judge(value, direction=direction)[0] == status


@pytest.mark.parametrize(
    ("direction", "margin", "value", "status"),
    [
        ("minimize", 0, 100, "Approved"),
        ("minimize", 0, 100.1, "Rejected"),
        ("minimize", 10, 90, "Approved"),
        ("minimize", 10, 90.1, "Rejected"),
        ("maximize", 0, 100, "Approved"),
        ("maximize", 0, 99.9, "Rejected"),
        ("maximize", 10, 110, "Approved"),
        ("maximize", 10, 109.9, "Rejected"),
    ],
)
def test_the_champion_must_be_beaten_by_the_margin(
    judge: Any, direction: str, margin: float, value: float, status: str
) -> None:
    threshold = 5000 if direction == "minimize" else 1
    got, reason = judge(value, 100, direction=direction, margin=margin, threshold=threshold)
    assert got == status
    assert "champion's 100" in reason


def verdict_over(
    logic: ModuleType, metrics: dict[str, float], recorded: float | None = None, **champion: Any
) -> Any:
    known = logic.Champion(ARN, {"metric:validation:rmse": str(recorded)}, **champion)
    measured = {"baseline:rmse": 1e6, **metrics}
    return logic.judge(logic.read_request(EVENT), measured, None if recorded is None else known)


@pytest.mark.parametrize(("guess", "status"), [(101, "Approved"), (100, "Rejected"), (99, "Rejected")])
def test_a_model_must_beat_the_guess_without_one(logic: ModuleType, guess: float, status: str) -> None:
    verdict = verdict_over(logic, {"validation:rmse": 100, "baseline:rmse": guess})
    assert verdict.status == status
    assert ("a guess without a model" in verdict.reason) is (status == "Rejected")


def test_a_model_beside_no_guess_is_rejected(logic: ModuleType) -> None:
    verdict = logic.judge(logic.read_request(EVENT), {"validation:rmse": 100, "baseline:mae": 200}, None)
    assert verdict.status == "Rejected"
    assert verdict.reason.startswith("the job did not report baseline:rmse, a guess without a model, which")
    assert "must print 'metric baseline:rmse=1.5;'" in verdict.reason


@pytest.mark.parametrize("guess", [float("nan"), float("inf"), float("-inf")])
def test_a_guess_that_is_no_number_is_none_to_beat(logic: ModuleType, guess: float) -> None:
    verdict = verdict_over(logic, {"validation:rmse": 100, "baseline:rmse": guess})
    assert verdict.status == "Rejected"
    assert f"baseline:rmse, a guess without a model, is {guess}, no finite number" in verdict.reason


def test_r2_that_is_undefined_for_the_guess_rejects_as_it_does_for_the_model(logic: ModuleType) -> None:
    gate = {**EVENT["gate"], "metric": "r2", "direction": "maximize", "threshold": 0.5}
    request = logic.read_request({**EVENT, "gate": gate})
    for metrics, missing in (
        ({"validation:rmse": 1.0, "baseline:rmse": 2.0}, "the metric r2"),
        # A script that holds out other rows.
        ({"validation:r2": 0.9, "baseline:rmse": 2.0}, "baseline:r2"),
    ):
        verdict = logic.judge(request, metrics, None)
        assert verdict.status == "Rejected"
        assert verdict.reason.startswith(f"the job did not report {missing}")


@pytest.mark.parametrize(("value", "status"), [(0.61, "Approved"), (0.6, "Rejected")])
def test_the_guess_goes_by_this_projects_name_whatever_the_algorithm_calls_the_metric(
    logic: ModuleType, value: float, status: str
) -> None:
    metric = "validation:binary_classification_accuracy"
    gate = {"metric": metric, "direction": "maximize", "threshold": 0.5, "guess": "baseline:accuracy"}
    request = logic.read_request({**EVENT, "gate": gate})
    assert logic.judge(request, {metric: value, "baseline:accuracy": 0.6}, None).status == status


@pytest.mark.parametrize(("on_the_same_rows", "status"), [(101, "Approved"), (99, "Rejected")])
def test_the_champions_numbers_on_the_same_rows_count_not_those_of_its_own_training(
    logic: ModuleType, on_the_same_rows: float, status: str
) -> None:
    metrics = {"validation:rmse": 100, "champion:rmse": on_the_same_rows}
    verdict = verdict_over(logic, metrics, recorded=100)
    assert verdict.status == status
    assert f"champion's {on_the_same_rows} on the same rows" in verdict.reason


def test_a_champion_that_could_not_be_measured_is_compared_by_its_own_training(logic: ModuleType) -> None:
    assert "90 when it was trained" in verdict_over(logic, {"validation:rmse": 80}, recorded=90).reason


@pytest.mark.parametrize(("recorded", "status"), [(90, "Approved"), (70, "Rejected")])
def test_a_measure_of_the_champion_that_is_no_number_is_none(
    logic: ModuleType, recorded: float, status: str
) -> None:
    metrics = {"validation:rmse": 80, "champion:rmse": float("nan")}
    verdict = verdict_over(logic, metrics, recorded=recorded)
    assert verdict.status == status
    assert f"{recorded} when it was trained" in verdict.reason


def test_why_a_champion_was_not_measured_is_said(logic: ModuleType) -> None:
    verdict = verdict_over(logic, {"validation:rmse": 80}, recorded=90, unmeasured="it broke " * 100)
    assert "90 when it was trained (on the same rows it was not measured: it broke it" in verdict.reason
    assert len(verdict.reason) < 400


@pytest.mark.parametrize(
    ("value", "resolution", "status"),
    [
        (40000.02, 0, "Approved"),
        (40000.05, 0, "Rejected"),
        (40000.05, 0.1, "Approved"),
        (40000.2, 0.1, "Rejected"),
    ],
)
def test_rounding_is_no_difference_from_a_champion_that_was_measured_apart(
    logic: ModuleType, value: float, resolution: float, status: str
) -> None:
    gate = {**EVENT["gate"], "threshold": 50000, "resolution": resolution}
    request = logic.read_request({**EVENT, "gate": gate})
    metrics = {"validation:rmse": value, "champion:rmse": 40000.0, "baseline:rmse": 90000.0}
    apart = logic.Champion(ARN, {}, report=("bucket", "key"))
    verdict = logic.judge(request, metrics, apart)
    assert (verdict.status, "no worse" in verdict.reason) == (status, status == "Approved")
    assert logic.judge(request, metrics, logic.Champion(ARN, {})).status == "Rejected"


def test_the_champion_goes_by_this_projects_name_whatever_the_algorithm_calls_the_metric(
    logic: ModuleType,
) -> None:
    gate = {"metric": "validation:auc", "direction": "maximize", "threshold": 0.5}
    request = logic.read_request({**EVENT, "gate": {**gate, "champion": "champion:roc_auc"}})
    champion = logic.Champion(ARN, {"metric:validation:auc": "0.6"}, report=("bucket", "key"))
    metrics = {"validation:auc": 0.7, "champion:roc_auc": 0.8, "baseline:auc": 0.5}
    assert "champion's 0.8 on the same rows" in logic.judge(request, metrics, champion).reason


def test_an_equal_model_is_called_no_worse(logic: ModuleType) -> None:
    verdict = verdict_over(logic, {"validation:rmse": 0, "champion:rmse": 0}, recorded=0)
    assert (verdict.status, "is no worse than" in verdict.reason) == ("Approved", True)


@pytest.mark.parametrize("champion", ["unknown", "nan", ""])
def test_a_champion_without_the_metric_is_not_in_the_way(judge: Any, champion: str) -> None:
    status, reason = judge(100, champion)
    assert status == "Approved"
    assert "no validation:rmse to compare" in reason


def test_a_missing_metric_rejects_and_names_what_there_was(logic: ModuleType) -> None:
    request = logic.read_request({**EVENT, "gate": {**EVENT["gate"], "metric": "accuracy"}})
    verdict = logic.judge(request, {"validation:rmse": 1.0}, None)
    assert verdict.status == "Rejected"
    assert "accuracy" in verdict.reason
    assert "validation:rmse" in verdict.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_metric_that_is_no_number_rejects(judge: Any, value: float) -> None:
    assert judge(value, direction="minimize")[0] == "Rejected"


@pytest.mark.parametrize(("value", "status"), [(1, "PendingManualApproval"), (9999, "Rejected")])
def test_manual_approval_waits_for_a_person_unless_the_gate_says_no(
    judge: Any, value: float, status: str
) -> None:
    assert judge(value, approval="manual")[0] == status


def test_all_that_is_wrong_with_the_input_is_listed(logic: ModuleType) -> None:
    with pytest.raises(logic.BadInput) as caught:
        logic.read_request({"gate": {"threshold": "x", "margin": -1}, "approval": "maybe"})
    for word in (
        "model",
        "package_group",
        "training_job",
        "image",
        "approval",
        "metric",
        "direction",
        "threshold",
        "margin",
    ):
        assert word in str(caught.value)


@pytest.mark.parametrize("place", ["https://artifacts/report", "s3://artifacts", "s3:///report"])
def test_a_report_lies_in_s3(logic: ModuleType, place: str) -> None:
    with pytest.raises(logic.BadInput, match=r"baseline: is .* must be s3://bucket/key"):
        logic.read_request({**EVENT, "baseline": place})


@pytest.mark.parametrize("report", ["artifacts/measured/", "s3://artifacts"])
def test_a_champions_report_lies_in_s3(logic: ModuleType, report: str) -> None:
    with pytest.raises(logic.BadInput, match=r"champion.report: is .* must be s3://bucket/prefix/"):
        logic.read_request({**EVENT, "champion": {"report": report}})


@pytest.mark.parametrize("value", ["x", -1])
def test_a_resolution_is_a_number(logic: ModuleType, value: object) -> None:
    with pytest.raises(logic.BadInput, match=r"gate\.resolution"):
        logic.read_request({**EVENT, "gate": {**EVENT["gate"], "resolution": value}})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"TrainingJobStatus": "Failed", "FailureReason": "bad cell"}, "is Failed: bad cell"),
        ({"ModelArtifacts": {}}, "is Completed: no model"),
        (
            {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"},
            "is Stopped: MaxRuntimeExceeded",
        ),
    ],
)
def test_a_job_without_a_model_is_refused(logic: ModuleType, change: Any, why: str) -> None:
    with pytest.raises(logic.NotTrained, match=why):
        logic.metrics_of({**JOB, **change})


def package_request(logic: ModuleType, event: dict[str, Any], metrics: dict[str, float]) -> dict[str, Any]:
    request = logic.read_request(event)
    return logic.package_request(request, JOB, metrics, logic.judge(request, metrics, None))


def model_errors(load: Load, request: dict[str, Any]) -> str:
    service = load("register_model.aws")._SAGEMAKER.meta.service_model
    return str(validate_parameters(request, service.operation_model("CreateModelPackage").input_shape) or "")


@pytest.mark.parametrize("environment", [EVENT["environment"], {}])
def test_the_request_is_one_that_sagemaker_knows(load: Load, logic: ModuleType, environment: Any) -> None:
    request = package_request(logic, {**EVENT, "environment": environment}, logic.metrics_of(JOB))
    assert model_errors(load, request) == ""


def test_metadata_holds_job_data_and_metrics(logic: ModuleType) -> None:
    request = package_request(logic, EVENT, logic.metrics_of(JOB))
    assert request["CustomerMetadataProperties"] == {
        "model": "house-prices",
        "training_job": EVENT["training_job"],
        "data_version": "0123456789ab",
        "train_uri": "s3://data/models/house-prices/data/",
        "code_hash": "0123abcd",
        "metric:validation:rmse": "4000.0",
        "metric:validation:r2": "0.99",
        "metric:baseline:rmse": "9000.0",
    }


def test_metadata_keeps_sagemakers_limits(logic: ModuleType) -> None:
    metrics = {"validation:rmse": 1.0, **{f"m{index:02}": 1.0 for index in range(60)}}
    data = {"data_version": "a,(b)%", "train_uri": "s3://" + "x" * 300}
    request = logic.read_request({**TUNED, "data": data, "columns": "0123"})
    champion = logic.Champion(ARN, {}, unmeasured="it has no (finite) number " * 20)
    verdict = logic.judge(request, metrics, champion)
    trials = ["trial"] * logic.MAX_TRIALS
    made = logic.package_request(
        replace(request, training_job="job"), JOB, metrics, verdict, trials, champion
    )
    metadata = made["CustomerMetadataProperties"]
    assert len(metadata) == 50
    assert len(metadata["champion_unmeasured"]) == 256
    assert metadata["champion_unmeasured"].startswith("it has no -finite- number")
    assert metadata["champion"] == ARN
    assert metadata["metric:validation:rmse"] == "1.0"
    assert metadata["data_version"] == "a--b--"
    assert len(metadata["train_uri"]) == 256


def test_the_registry_keeps_the_digest_of_a_container_as_it_is(logic: ModuleType) -> None:
    digest = f"sha256:{'0123abcd' * 8}"
    request = package_request(logic, {**EVENT, "code_hash": digest}, logic.metrics_of(JOB))
    assert request["CustomerMetadataProperties"]["code_hash"] == digest


def test_the_registry_keeps_the_reason(logic: ModuleType) -> None:
    request = package_request(logic, EVENT, {"validation:rmse": 9999.0})
    assert request["ModelApprovalStatus"] == "Rejected"
    assert "9999 misses the threshold" in request["ModelPackageDescription"]


def test_the_token_is_the_jobs_own(logic: ModuleType) -> None:
    metrics = logic.metrics_of(JOB)
    token = package_request(logic, EVENT, metrics)["ClientToken"]
    assert token == package_request(logic, {**EVENT, "approval": "manual"}, metrics)["ClientToken"]
    assert token != package_request(logic, {**EVENT, "training_job": "other"}, metrics)["ClientToken"]
    assert len(token) == 36


def test_a_metric_that_is_not_json_leaves_as_text(logic: ModuleType) -> None:
    package = {"ModelPackageArn": ARN, "ModelApprovalStatus": "Rejected"}
    assert logic.registered(package, {"a": float("nan"), "b": 1.0})["metrics"] == {"a": "nan", "b": 1.0}


class TestTheWholeFunction:
    """With SageMaker's answers stubbed, in the order in which they are asked for."""

    @pytest.fixture
    def registry(self, load: Load) -> Any:
        load("register_model.handler")
        with Stubber(load("register_model.aws")._SAGEMAKER) as stub:
            stub.add_response("describe_training_job", _described_job())
            yield stub
            stub.assert_no_pending_responses()

    @pytest.fixture
    def register(self, load: Load, registry: Stubber) -> Callable[[], dict[str, Any]]:
        return lambda: load("register_model.handler").handler(EVENT, None)

    def test_a_new_model_is_registered(self, registry: Stubber, register: Any) -> None:
        _list(registry, CreationTimeAfter=CREATED)
        registry.add_response(
            "create_model_package", {"ModelPackageArn": ARN}, _any_request(status="Approved")
        )
        _describe(registry, "Approved", "meets the threshold", {"training_job": EVENT["training_job"]})
        assert register() == {
            "package": ARN,
            "training_job": EVENT["training_job"],
            "status": "Approved",
            "reason": "meets the threshold",
            "metrics": {"validation:rmse": 4000.0, "validation:r2": 0.99, "baseline:rmse": 9000.0},
        }

    def test_a_model_worse_than_the_champion_is_registered_as_rejected(
        self, registry: Stubber, register: Any, live: Live
    ) -> None:
        _list(registry, CreationTimeAfter=CREATED)
        live[LIVE] = {
            "ModelPackageArn": ARN + "0",
            "CustomerMetadataProperties": {"metric:validation:rmse": "10.0"},
            **_of_archive(ARCHIVE),
        }
        registry.add_response(
            "create_model_package", {"ModelPackageArn": ARN}, _any_request(status="Rejected")
        )
        _describe(registry, "Rejected", "does not beat")
        assert register()["status"] == "Rejected"

    @pytest.mark.parametrize(("archive", "status"), [(ARCHIVE, "Approved"), (f"{ARCHIVE}2", "Rejected")])
    def test_what_the_job_measured_of_a_former_champion_does_not_count(
        self, load: Load, live: Live, archive: str, status: str
    ) -> None:
        live[LIVE] = {
            "ModelPackageArn": ARN + "0",
            "CustomerMetadataProperties": {"metric:validation:rmse": "10.0"},
            **_of_archive(archive),
        }
        handler = load("register_model.handler")
        with Stubber(load("register_model.aws")._SAGEMAKER) as registry:
            former = [{"MetricName": "champion:rmse", "Value": 4500.0, "Timestamp": CREATED}]
            described = _described_job() | _given(ARCHIVE)
            described["FinalMetricDataList"] = [*described["FinalMetricDataList"], *former]
            registry.add_response("describe_training_job", described)
            _list(registry, CreationTimeAfter=CREATED)
            answer = {"ModelPackageArn": ARN}
            registry.add_response("create_model_package", answer, _any_request(status=status))
            _describe(registry, status, "", {"training_job": EVENT["training_job"]})
            registered = handler.handler(EVENT, None)
        assert ("champion:rmse" in registered["metrics"]) is (status == "Approved")

    @pytest.mark.parametrize(("guess", "status"), [(4000.1, "Approved"), (4000.0, "Rejected")])
    def test_the_guess_is_read_where_the_prepared_data_lies(
        self, load: Load, registry: Stubber, guess: float, status: str
    ) -> None:
        event = {**EVENT, "baseline": "s3://artifacts/models/x/jobs/prepared/1/report/baseline.json"}
        _list(registry, CreationTimeAfter=CREATED)
        registry.add_response("create_model_package", {"ModelPackageArn": ARN}, _any_request(status=status))
        _describe(registry, status, "", {"training_job": EVENT["training_job"]})
        with _stored(load, "models/x/jobs/prepared/1/report/baseline.json", {"baseline:rmse": guess}):
            registered = load("register_model.handler").handler(event, None)
        assert registered["metrics"]["baseline:rmse"] == guess

    @pytest.mark.parametrize(("number", "status"), [(4000.1, "Approved"), (3990.0, "Rejected")])
    def test_the_champions_numbers_are_read_where_they_were_left(
        self, load: Load, registry: Stubber, live: Live, number: float, status: str
    ) -> None:
        data = {**EVENT["data"], "champion": {"package": ARN, "job": "before", "unmeasured": ""}}
        event = {
            **EVENT,
            "data": data,
            "champion": {"report": "s3://artifacts/models/x/jobs/measured/1/report/"},
        }
        _list(registry, CreationTimeAfter=CREATED)
        live[LIVE] = {"ModelPackageArn": ARN, "CustomerMetadataProperties": {"metric:validation:rmse": "1.0"}}
        registry.add_response("create_model_package", {"ModelPackageArn": ARN}, _any_request(status=status))
        _describe(registry, status, "", {"training_job": EVENT["training_job"]})
        with _stored(load, "models/x/jobs/measured/1/report/champion.json", {"champion:rmse": number}):
            registered = load("register_model.handler").handler(event, None)
        assert registered["metrics"]["champion:rmse"] == number

    def test_a_second_run_for_the_job_finds_the_first_ones_package(
        self, registry: Stubber, register: Any
    ) -> None:
        _list(registry, ARN + "1", ARN, CreationTimeAfter=CREATED)
        _describe(registry, "Approved", "another", {"training_job": "another"})
        _describe(registry, "Rejected", "as it was", {"training_job": EVENT["training_job"]})
        assert register()["reason"] == "as it was"

    def test_two_runs_at_once_give_one_package(self, registry: Stubber, register: Any) -> None:
        _list(registry, CreationTimeAfter=CREATED)
        registry.add_client_error("create_model_package", "ConflictException", "token in use")
        _list(registry, ARN, CreationTimeAfter=CREATED)
        _describe(registry, "Approved", "", {"training_job": EVENT["training_job"]})
        assert register()["package"] == ARN

    def test_another_error_is_raised(self, registry: Stubber, register: Any) -> None:
        _list(registry, CreationTimeAfter=CREATED)
        registry.add_client_error("create_model_package", "ResourceLimitExceeded", "too many")
        with pytest.raises(ClientError, match="too many"):
            register()


@contextmanager
def _stored(load: Load, key: str, report: dict[str, float]) -> Generator[None]:
    """The report lies there, and is read once."""
    body = json.dumps(report).encode()
    with Stubber(load("register_model.aws")._S3) as s3:
        answer = {"Body": StreamingBody(io.BytesIO(body), len(body))}
        s3.add_response("get_object", answer, {"Bucket": "artifacts", "Key": key})
        yield


FAILED_JOB = json.dumps({"TransformJobName": "x", "FailureReason": "ClientError: See\njob logs"})
SAID = json.dumps({"ProcessingJobName": "x", "FailureReason": "AlgorithmError", "ExitMessage": "no answers"})


@pytest.mark.parametrize(
    ("known", "measured", "newest", "expected"),
    [
        (ARN, None, ARN, (ARN, None, "")),
        ("", None, None, None),
        ("", {}, None, None),
        (ARN, {"report": "s3://b/p/"}, ARN, (ARN, ("b", "p/champion.json"), "")),
        (
            ARN,
            {"Error": "States.TaskFailed", "Cause": FAILED_JOB},
            ARN,
            "States.TaskFailed: ClientError: See job",
        ),
        (ARN, {"Error": "States.TaskFailed", "Cause": SAID}, ARN, "States.TaskFailed: no answers"),
        (ARN, {"Error": "States.Timeout"}, ARN, "States.Timeout"),
        (ARN, {"Error": "SageMaker.X", "Cause": "[1]"}, ARN, "SageMaker.X: [1]"),
        (ARN, {"report": "s3://b/p/"}, f"{ARN}0", "it was not the champion when"),
        ("", {}, ARN, "it was not the champion when"),
        (
            ARN,
            {"Error": "SageMaker.X", "Cause": "y"},
            None,
            "the champion of when the training began is gone",
        ),
    ],
)
def test_what_became_of_the_champion(
    load: Load, known: str, measured: Any, newest: str | None, expected: Any
) -> None:
    package = None if newest is None else {"ModelPackageArn": newest, **_of_archive(ARCHIVE)}
    job = _given(ARCHIVE) if known else {}
    found = load("register_model.champion").champion_of({"package": known}, measured, package, job)
    if isinstance(expected, str):
        assert (found.package, found.report) == (newest or "", None)
        assert found.unmeasured.startswith(expected)
    elif expected is None:
        assert found is None
    else:
        assert (found.package, found.report, found.unmeasured) == expected


@pytest.mark.parametrize(
    ("given", "archive", "unmeasured"),
    [
        (ARCHIVE, ARCHIVE, ""),
        (ARCHIVE, f"{ARCHIVE}2", "it was not the champion when the training began"),
        (None, ARCHIVE, "it was not the champion when the training began"),
    ],
)
def test_a_job_measured_the_champion_whose_archive_it_had(
    load: Load, given: str | None, archive: str, unmeasured: str
) -> None:
    job = {} if given is None else _given(given)
    package = {"ModelPackageArn": ARN, **_of_archive(archive)}
    # Another execution's job may have had another one than this execution's source names.
    found = load("register_model.champion").champion_of({"package": ARN}, None, package, job)
    assert (found.package, found.unmeasured) == (ARN, unmeasured)


def test_a_champion_that_the_job_measured_may_be_gone(load: Load) -> None:
    found = load("register_model.champion").champion_of({"package": ARN}, None, None, _given(ARCHIVE))
    assert (found.package, found.unmeasured) == ("", "the champion of when the training began is gone")


def test_a_champion_of_other_columns_is_not_measured_for_that_reason(load: Load) -> None:
    known = {"package": ARN, "unmeasured": "it has another target"}
    found = load("register_model.champion").champion_of(known, {}, {"ModelPackageArn": ARN}, {})
    assert found.unmeasured == "it has another target"


def test_a_champion_that_is_gone_is_nothing_to_beat_and_the_registry_says_so(logic: ModuleType) -> None:
    request = logic.read_request(EVENT)
    gone = logic.Champion("", {}, unmeasured="the champion of when the training began is gone")
    verdict = logic.judge(request, {"validation:rmse": 1.0, "baseline:rmse": 2.0}, gone)
    assert (verdict.status, "there is no champion" in verdict.reason) == ("Approved", True)
    made = logic.package_request(request, JOB, {}, verdict, [], gone)
    assert made["CustomerMetadataProperties"]["champion_unmeasured"] == gone.unmeasured


def _of_archive(address: str) -> dict[str, Any]:
    """What a package's description has of its archive."""
    return {"InferenceSpecification": {"Containers": [{"Image": "x", "ModelDataUrl": address}]}}


def _given(address: str) -> dict[str, Any]:
    """What a job's description has of the champion's archive."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}}
    return {"InputDataConfig": [{"ChannelName": "champion", "DataSource": source}]}


def _described_job() -> dict[str, Any]:
    needed = {
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/x",
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "OutputDataConfig": {"S3OutputPath": "s3://artifacts"},
    }
    return {**JOB, **needed}


def _list(registry: Stubber, *arns: str, **filters: Any) -> None:
    summaries = [
        {"ModelPackageArn": arn, "CreationTime": CREATED, "ModelPackageStatus": "Completed"} for arn in arns
    ]
    asked = {"ModelPackageGroupName": GROUP, "SortBy": "CreationTime", "SortOrder": "Descending", **filters}
    registry.add_response("list_model_packages", {"ModelPackageSummaryList": summaries}, asked)


def _describe(registry: Stubber, status: str, reason: str, metadata: dict[str, str] | None = None) -> None:
    answer = {
        "ModelPackageName": "p",
        "ModelPackageArn": ARN,
        "CreationTime": CREATED,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": status,
        "ModelPackageDescription": reason,
        "CustomerMetadataProperties": metadata or {},
    }
    registry.add_response("describe_model_package", answer)


def _any_request(status: str) -> dict[str, Any]:
    keys = (
        "ModelPackageGroupName",
        "ModelPackageDescription",
        "InferenceSpecification",
        "CustomerMetadataProperties",
        "ClientToken",
    )
    return {**dict.fromkeys(keys, ANY), "ModelApprovalStatus": status}


TUNED = {
    **{key: EVENT[key] for key in EVENT if key != "training_job"},
    "tuning_job": "tabcd01234-0123456789ab",
}
TRIAL: dict[str, Any] = {
    "TrainingJobName": "tabcd01234-0123456789ab-001-0123abcd",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/tabcd01234-0123456789ab-001",
    "CreationTime": CREATED,
    "TrainingJobStatus": "Completed",
    "TunedHyperParameters": {"max_depth": "7", "max_features": "0.5"},
    "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "validation:rmse", "Value": 4000.0},
}


@pytest.mark.parametrize(("direction", "guess"), [("minimize", 9000.0), ("maximize", 10.0)])
def test_of_a_tuning_job_the_best_trial_is_registered_with_all_trials(
    load: Load, direction: str, guess: float
) -> None:
    event = {**TUNED, "gate": {**EVENT["gate"], "direction": direction, "threshold": 4000}}
    failed = {**TRIAL, "TrainingJobName": "t-002", "TrainingJobStatus": "Failed"}
    del failed["FinalHyperParameterTuningJobObjectiveMetric"]
    handler, name = load("register_model.handler"), {"HyperParameterTuningJobName": TUNED["tuning_job"]}
    with Stubber(load("register_model.aws")._SAGEMAKER) as stub:
        stub.add_response("describe_hyper_parameter_tuning_job", _tuning_job(BestTrainingJob=TRIAL), name)
        order = "Ascending" if direction == "minimize" else "Descending"
        stub.add_response(
            "list_training_jobs_for_hyper_parameter_tuning_job",
            {"TrainingJobSummaries": [TRIAL, failed]},
            {**name, "SortBy": "FinalObjectiveMetricValue", "SortOrder": order, "MaxResults": 12},
        )
        metrics = [
            *JOB["FinalMetricDataList"][:2],
            {"MetricName": "baseline:rmse", "Value": guess, "Timestamp": CREATED},
        ]
        described = {**_described_job(), "TrainingJobName": TRIAL["TrainingJobName"]}
        described["FinalMetricDataList"] = metrics
        stub.add_response("describe_training_job", described, {"TrainingJobName": TRIAL["TrainingJobName"]})
        _list(stub, CreationTimeAfter=CREATED)
        wanted = _any_request(status="Approved")
        wanted["CustomerMetadataProperties"] = {
            "model": "house-prices",
            "training_job": TRIAL["TrainingJobName"],
            "tuning_job": TUNED["tuning_job"],
            "data_version": "0123456789ab",
            "train_uri": "s3://data/models/house-prices/data/",
            "code_hash": "0123abcd",
            "trial:01": f"{TRIAL['TrainingJobName']}: 4000 max_depth=7 max_features=0.5",
            "trial:02": "t-002: Failed max_depth=7 max_features=0.5",
            "metric:validation:rmse": "4000.0",
            "metric:validation:r2": "0.99",
            "metric:baseline:rmse": str(guess),
        }
        stub.add_response("create_model_package", {"ModelPackageArn": ARN}, wanted)
        _describe(stub, "Approved", "", {"training_job": TRIAL["TrainingJobName"]})
        assert handler.handler(event, None)["training_job"] == TRIAL["TrainingJobName"]


def test_a_tuning_job_without_a_good_trial_is_no_model(logic: ModuleType) -> None:
    with pytest.raises(logic.NotTrained, match="tuning job tabcd01234-0123456789ab is Completed: no trial"):
        logic.best_of(_tuning_job())


@pytest.mark.parametrize("jobs", [{}, {"training_job": "a", "tuning_job": "b"}])
def test_one_job_is_registered_not_none_and_not_two(logic: ModuleType, jobs: dict[str, str]) -> None:
    with pytest.raises(logic.BadInput, match="training_job, tuning_job: must be one of them"):
        logic.read_request({**{key: EVENT[key] for key in EVENT if key != "training_job"}, **jobs})


def _tuning_job(**more: Any) -> dict[str, Any]:
    return {
        "HyperParameterTuningJobName": TUNED["tuning_job"],
        "HyperParameterTuningJobArn": "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/t",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        },
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": CREATED,
        "TrainingJobStatusCounters": {},
        "ObjectiveStatusCounters": {},
        **more,
    }
