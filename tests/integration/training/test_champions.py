"""A model of AWS's own algorithms against the champion, on the same rows, whatever the champion's were."""

from __future__ import annotations

import io
import math
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from cli import training
from cli.session import Session
from cli.training import Trained
from emulator import faults
from emulator.faults import Fault
from tests.integration.walking import ignore, released, train
from tests.waiting import eventually

MODEL = "boosted"
SIZES = range(1000, 4000, 25)
RISING = {feet: 50000 + 100 * feet for feet in SIZES}
FALLING = {feet: 500000 - 60 * feet + feet * 7919 % 1000 * 40 for feet in SIZES}


@pytest.fixture(autouse=True)
def _no_fault_is_left() -> Iterator[None]:
    yield
    faults.lift()


def write(life: Session, models_folder: Path, prices: dict[int, int]) -> None:
    """Make these the model's data."""
    lines = ["SquareFeet,Price", *(f"{feet},{price}" for feet, price in prices.items())]
    (models_folder / MODEL / "data" / "houses.csv").write_text("\n".join(lines) + "\n")
    training.upload(life, life.model(MODEL))


def described(life: Session, package: str) -> dict[str, Any]:
    return life.client("sagemaker").describe_model_package(ModelPackageName=package)


def metadata(life: Session, trained: Trained) -> dict[str, str]:
    return described(life, trained.package)["CustomerMetadataProperties"]


def content(life: Session, address: str) -> bytes:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return life.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()


def measured_directly(life: Session, package: str, job: str) -> float:
    """What the package's booster comes to on the rows held out of the job's data, by the library itself."""
    [container] = described(life, package)["InferenceSpecification"]["Containers"]
    with tarfile.open(fileobj=io.BytesIO(content(life, container["ModelDataUrl"]))) as archive:
        member = archive.extractfile("xgboost-model")
        assert member is not None
        booster = xgboost.Booster()
        booster.load_model(bytearray(member.read()))
    channels = life.client("sagemaker").describe_training_job(TrainingJobName=job)["InputDataConfig"]
    [rows] = [each for each in channels if each["ChannelName"] == "validation"]
    text = content(life, rows["DataSource"]["S3DataSource"]["S3Uri"] + "part-0.csv").decode()
    table = np.array([[float(cell) for cell in line.split(",")] for line in text.splitlines()])
    errors = booster.predict(xgboost.DMatrix(table[:, 1:])) - table[:, 0]
    return math.sqrt(float(np.mean(errors.astype(float) ** 2)))


def left_over(life: Session) -> list[str]:
    """Models that were made to be measured, and what still runs."""
    sagemaker = life.client("sagemaker")
    models = sagemaker.list_models(NameContains="champion-")["Models"]
    transforms = sagemaker.list_transform_jobs(StatusEquals="InProgress")["TransformJobSummaries"]
    processing = sagemaker.list_processing_jobs(StatusEquals="InProgress")["ProcessingJobSummaries"]
    return [str(each) for each in (*models, *transforms, *processing)]


def transforms_of(life: Session) -> int:
    return len(life.client("sagemaker").list_transform_jobs()["TransformJobSummaries"])


@pytest.fixture(scope="module")
def champion(life: Session, models_folder: Path) -> Trained:
    """The first model, released: it was good on its own rows."""
    write(life, models_folder, RISING)
    trained = train(life, MODEL)
    assert trained.status == "Approved", trained.reason
    assert "there is no champion to beat" in trained.reason
    released(life, MODEL, trained.package)
    return trained


@pytest.fixture(scope="module")
def successor(life: Session, models_folder: Path, champion: Trained) -> Trained:
    """The model of data that says otherwise, released."""
    write(life, models_folder, FALLING)
    trained = train(life, MODEL)
    assert trained.status == "Approved", trained.reason
    released(life, MODEL, trained.package)
    return trained


def test_without_a_champion_nothing_is_measured(life: Session, champion: Trained) -> None:
    assert "champion:rmse" not in champion.metrics
    assert transforms_of(life) == 0
    assert "champion" not in metadata(life, champion)


def test_the_champion_is_measured_on_the_rows_of_the_new_model(
    life: Session, champion: Trained, successor: Trained
) -> None:
    own = champion.metrics["validation:rmse"]
    there = successor.metrics["champion:rmse"]
    assert there == pytest.approx(measured_directly(life, champion.package, successor.job), rel=1e-6)
    ours = successor.metrics["validation:rmse"]
    assert ours == pytest.approx(measured_directly(life, successor.package, successor.job), rel=1e-4)
    assert own < ours < there, "by its own number the champion would have won"
    assert successor.status == "Approved", successor.reason
    assert f"beats the champion's {there:g} on the same rows" in successor.reason
    known = metadata(life, successor)
    assert float(known["metric:champion:rmse"]) == there
    assert (known["champion"], known.get("champion_unmeasured")) == (champion.package, None)
    assert left_over(life) == []


def test_the_same_data_again_measures_nothing_again(life: Session, successor: Trained) -> None:
    before = transforms_of(life)
    again = train(life, MODEL)
    assert (again.fresh, again.package) == (False, successor.package)
    assert transforms_of(life) == before


def test_a_model_trained_alike_is_no_worse(life: Session, successor: Trained) -> None:
    forced = train(life, MODEL, force=True)
    assert forced.status == "Approved", forced.reason
    assert "is no worse than the champion's" in forced.reason
    assert "on the same rows" in forced.reason
    assert metadata(life, forced)["champion"] == successor.package
    released(life, MODEL, forced.package)


# Whose call it is, which one, from which on, how often. A step of an execution asks four times. Prepared data
# are three objects, a trained model is one.
FAULTS = {
    "its model is not made": ("boostedDefinition", "sagemaker:CreateModel", 1, 4),
    "the transform job fails": ("TrainingRole", "s3:PutObject", 5, 1),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_champion_that_cannot_be_measured_is_compared_by_its_own_number_and_the_registry_says_why(
    life: Session, successor: Trained, what: str
) -> None:
    role, call, first, times = FAULTS[what]
    denied: dict[str, Any] = {"code": "AccessDenied", "status": 403, "message": "not today"}
    faults.inject(Fault(call, "error", first=first, times=times, role=f"*-{role}*", **denied))
    forced = train(life, MODEL, force=True)
    assert "champion:rmse" not in forced.metrics
    assert "when it was trained (on the same rows it was not measured: " in forced.reason
    assert "not today" in metadata(life, forced)["champion_unmeasured"]
    assert left_over(life) == []
    released(life, MODEL, forced.package)


def test_a_champion_that_is_deleted_meanwhile_is_none_to_beat(life: Session, successor: Trained) -> None:
    sagemaker, group = life.client("sagemaker"), successor.package.rpartition("/")[0].rpartition("/")[2]

    def approved() -> list[str]:
        listed = sagemaker.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
        return [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]]

    def jobs() -> int:
        return len(sagemaker.list_training_jobs(NameContains=f"dev-{MODEL}")["TrainingJobSummaries"])

    before, result = jobs(), list[Trained]()
    execution = training.start(life, life.model(MODEL), force=True)
    following = threading.Thread(target=lambda: result.append(training.follow(life, execution, ignore)))
    following.start()
    eventually(jobs, lambda count: count > before)
    for package in approved():
        sagemaker.delete_model_package(ModelPackageName=package)
    following.join()
    [trained] = result
    assert "there is no champion to beat" in trained.reason
    said = metadata(life, trained)["champion_unmeasured"]
    assert said == "the champion of when the training began is gone"
    assert left_over(life) == []
