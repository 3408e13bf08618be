"""AWS's own algorithms under their contracts: XGBoost by its library, Linear Learner by a stand-in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, IMAGE

XGBOOST = IMAGE.replace("sagemaker-scikit-learn:1.9-0-cpu-py3", "sagemaker-xgboost:3.0-5")
LINEAR = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
HOUSES = "".join(f"{50000 + 100 * size},{size},{size % 7}\n" for size in range(1000, 4000, 25))
SIDES = "".join(f"{int(size > 2500)},{size},{size % 7}\n" for size in range(1000, 4000, 25))


def _channel(address: str, name: str, kind: str = "text/csv", **source: str) -> dict[str, Any]:
    data = {"S3DataType": "S3Prefix", "S3Uri": address, **source}
    return {"ChannelName": name, "ContentType": kind, "DataSource": {"S3DataSource": data}}


def trained_by(
    line: Any, image: str, parameters: dict[str, str], text: str, **changes: Any
) -> dict[str, Any]:
    address = line.put(f"{line.name('builtin')}/rows.csv", text.encode())
    request = {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "HyperParameters": parameters,
        "InputDataConfig": [_channel(address, "train"), _channel(address, "validation")],
    }
    return line.trained(**(request | changes))


def _served(line: Any, image: str, job: dict[str, Any]) -> str:
    name = line.name("model")
    line.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=line.role,
        PrimaryContainer={"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]},
    )
    return line.endpoint(line.config({"champion": (name, 1.0)}))


def _ask(line: Any, endpoint: str, body: str, accept: str, kind: str = "text/csv") -> bytes:
    answer = line.runtime.invoke_endpoint(
        EndpointName=endpoint, Body=body.encode(), ContentType=kind, Accept=accept
    )
    return answer["Body"].read()


def test_xgboost_trains_by_the_library_and_answers_as_its_container(line: Any) -> None:
    parameters = {"num_round": "30", "max_depth": "4", "eta": "0.5", "objective": "reg:squarederror"}
    job = trained_by(line, XGBOOST, parameters, HOUSES)
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert 0 < metrics["validation:rmse"] < 2000
    log = line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"])
    assert any(text.startswith("[0]#011train-rmse:") and "#011validation-rmse:" in text for text in log)
    endpoint = _served(line, XGBOOST, job)
    plain = [float(cell) for cell in _ask(line, endpoint, "3100,6\n1500,2\n", "text/csv").split(b",")]
    assert plain == pytest.approx([360000, 200000], rel=0.02)
    scored = json.loads(_ask(line, endpoint, "3100,6\n1500,2\n", "application/json"))
    assert [one["score"] for one in scored["predictions"]] == plain
    assert float(_ask(line, endpoint, "0:3100 1:6", "text/csv", "text/libsvm")) == plain[0]
    with pytest.raises(ClientError, match="415"):
        _ask(line, endpoint, "text,6", "text/csv")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"num_round": "3", "depth": "2"}, "Extraneous hyperparameter found: depth"),
        ({"eta": "0.1"}, "Missing required hyperparameter: num_round"),
        ({"num_round": "3", "eta": "3"}, "Hyperparameter eta: 3.0 is not in [0, 1]"),
    ],
)
def test_xgboost_refuses_hyperparameters_in_its_own_words(
    line: Any, parameters: dict[str, str], said: str
) -> None:
    job = trained_by(line, XGBOOST, parameters, HOUSES)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: framework error:")
    assert said in job["FailureReason"]


def test_two_instances_share_the_objects_out(line: Any) -> None:
    lines = HOUSES.splitlines(keepends=True)
    prefix = f"s3://{BUCKET}/{line.name('shards')}/"
    for part in range(2):
        line.put(f"{prefix.removeprefix(f's3://{BUCKET}/')}part-{part}.csv", "".join(lines[part::2]).encode())
    job = trained_by(
        line,
        XGBOOST,
        {"num_round": "10"},
        HOUSES,
        InputDataConfig=[_channel(prefix, "train", S3DataDistributionType="ShardedByS3Key")],
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
    )
    assert job["TrainingJobStatus"] == "Completed", job
    logs = [
        line.log("/aws/sagemaker/TrainingJobs", f"{job['TrainingJobName']}/{host}-")
        for host in ("algo-1", "algo-2")
    ]
    rounds = [[text for text in log if text.startswith("[9]")] for log in logs]
    assert rounds[0] == rounds[1] != []


def test_linear_learner_says_what_stands_in_for_it_and_finds_the_line(line: Any) -> None:
    job = trained_by(
        line, LINEAR, {"predictor_type": "regressor", "mini_batch_size": "5", "epochs": "3"}, HOUSES
    )
    log = line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"])
    assert any("stand-in for Linear Learner" in text for text in log)
    assert "Not used by the stand-in: epochs" in log
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert metrics["validation:rmse"] == pytest.approx(0, abs=1e-3)
    endpoint = _served(line, LINEAR, job)
    answer = json.loads(_ask(line, endpoint, "3100,6\n", "application/json"))
    assert answer["predictions"][0]["score"] == pytest.approx(360000)


def test_linear_learner_tells_classes(line: Any) -> None:
    parameters = {"predictor_type": "binary_classifier", "mini_batch_size": "5"}
    endpoint = _served(line, LINEAR, trained_by(line, LINEAR, parameters, SIDES))
    body = json.dumps({"instances": [{"features": [3900, 1]}, {"features": [1100, 1]}]})
    answer = json.loads(_ask(line, endpoint, body, "application/json", "application/json"))["predictions"]
    assert [one["predicted_label"] for one in answer] == [1, 0]
    assert answer[0]["score"] > 0.9 > 0.1 > answer[1]["score"]


def test_linear_learner_needs_a_whole_batch(line: Any) -> None:
    job = trained_by(line, LINEAR, {"predictor_type": "regressor"}, HOUSES)
    assert job["FailureReason"].startswith("ClientError: The number of samples (120) must be at least")


def test_metrics_of_aws_own_algorithms_are_theirs(line: Any) -> None:
    algorithm = line.training_request()["AlgorithmSpecification"] | {"TrainingImage": XGBOOST}
    with pytest.raises(ClientError, match="You can't override the metric definitions"):
        line.sagemaker.create_training_job(**line.training_request(AlgorithmSpecification=algorithm))
