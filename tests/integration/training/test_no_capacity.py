"""Jobs that get no instances: asked for again under another name, and told to people in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import training
from cli.session import CommandError, Session
from emulator import clock
from emulator.sagemaker import disturbances
from sagemaker_lifecycle import names
from tests.integration.walking import ignore, packages, released, train

MODEL = "by-hand"
TUNED = "tuned"
BUILT_IN = "boosted"
WITHOUT = "CapacityError: Unable to provision requested ML compute capacity"


@pytest.fixture(autouse=True)
def _waits_are_short_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "scale", 1 / 600)
    yield
    disturbances.lift()


def write(life: Session, models_folder: Path, slope: int, model: str = MODEL) -> None:
    """Make the model's data others than before."""
    rows = [f"{feet},{slope * feet}" for feet in range(1500, 3600, 20)]
    text = "\n".join(["SquareFeet,Price", *rows]) + "\n"
    (models_folder / model / "data" / "houses.csv").write_text(text)
    training.upload(life, life.model(model))


def train_on_what_is_stored(life: Session) -> training.Trained:
    return training.follow(life, training.start(life, life.model(MODEL)), ignore)


def jobs(life: Session) -> dict[str, str]:
    """Statuses of the model's jobs by name, the oldest first."""
    pages = life.client("sagemaker").list_training_jobs(
        NameContains=f"dev-{MODEL}-", SortBy="CreationTime", SortOrder="Ascending", MaxResults=100
    )
    return {each["TrainingJobName"]: each["TrainingJobStatus"] for each in pages["TrainingJobSummaries"]}


def new_jobs(life: Session, before: dict[str, str]) -> list[str]:
    return [status for name, status in jobs(life).items() if name not in before]


def test_a_job_that_got_no_instances_twice_is_trained_and_registered_the_third_time(
    life: Session, models_folder: Path
) -> None:
    write(life, models_folder, 101)
    before = jobs(life)
    disturbances.disturb(f"dev-{MODEL}-*", "capacity", 2)
    trained = train(life, MODEL)
    assert new_jobs(life, before) == ["Failed", "Failed", "Completed"]
    assert jobs(life)[trained.job] == "Completed"
    assert trained.package in {each["ModelPackageArn"] for each in packages(life, MODEL)}
    again = train(life, MODEL)
    assert (again.fresh, again.job, again.package) == (False, trained.job, trained.package)
    assert len(new_jobs(life, before)) == 3


def test_without_capacity_the_execution_ends_with_the_jobs_reason_and_the_next_one_trains(
    life: Session, models_folder: Path
) -> None:
    write(life, models_folder, 102)
    before = jobs(life)
    disturbances.disturb(f"dev-{MODEL}-*", "capacity", 100)
    with pytest.raises(CommandError, match=WITHOUT):
        train(life, MODEL)
    assert new_jobs(life, before) == ["Failed"] * 7
    disturbances.lift()
    trained = train(life, MODEL)
    assert new_jobs(life, before) == ["Failed"] * 7 + ["Completed"]
    assert trained.fresh


def test_a_job_that_fails_on_its_data_is_not_repeated(life: Session, models_folder: Path) -> None:
    write(life, models_folder, 103)
    before, s3 = jobs(life), life.client("s3")
    bad = {"Bucket": life.output("foundation", "DataBucketName"), "Key": f"models/{MODEL}/data/bad.csv"}
    s3.put_object(**bad, Body=b"SquareFeet,Price\nmany,1\n")
    try:
        for _ in range(2):
            with pytest.raises(CommandError, match="'many' is no number"):
                train_on_what_is_stored(life)
    finally:
        s3.delete_object(**bad)
    assert new_jobs(life, before) == ["Failed"]


def tuning_jobs(life: Session) -> dict[str, str]:
    """Statuses of all tuning jobs by name."""
    listed = life.client("sagemaker").list_hyper_parameter_tuning_jobs(MaxResults=100)
    return {
        each["HyperParameterTuningJobName"]: each["HyperParameterTuningJobStatus"]
        for each in listed["HyperParameterTuningJobSummaries"]
    }


def test_a_search_whose_trials_got_no_instances_is_made_again_under_another_name(life: Session) -> None:
    training.upload(life, life.model(TUNED))
    before = tuning_jobs(life)
    disturbances.disturb(f"{names.tuning_prefix('dev', TUNED)}*", "capacity", 3)
    trained = train(life, TUNED, force=True)
    made = {name: status for name, status in tuning_jobs(life).items() if name not in before}
    assert sorted(made.values()) == ["Completed", "Failed"]
    [best] = [name for name, status in made.items() if status == "Completed"]
    assert trained.job.startswith(best)


def processing_jobs(life: Session, beginning: str) -> list[str]:
    """Statuses of the processing jobs of the model of AWS's own algorithms, the oldest first."""
    listed = life.client("sagemaker").list_processing_jobs(
        NameContains=f"{beginning}-{names.tuning_prefix('dev', BUILT_IN)}",
        SortBy="CreationTime",
        SortOrder="Ascending",
    )
    return [each["ProcessingJobStatus"] for each in listed["ProcessingJobSummaries"]]


@pytest.fixture(scope="module")
def champion(life: Session, models_folder: Path) -> training.Trained:
    """Of the model of AWS's own algorithms."""
    write(life, models_folder, 104, BUILT_IN)
    trained = train(life, BUILT_IN, force=True)
    assert trained.status == "Approved", trained.reason
    released(life, BUILT_IN, trained.package)
    return trained


@pytest.mark.usefixtures("champion")
def test_preparing_and_measuring_the_champion_wait_for_instances_too(life: Session) -> None:
    prefix = names.tuning_prefix("dev", BUILT_IN)
    prepared, measured = processing_jobs(life, "prepare"), processing_jobs(life, "champion")
    disturbances.disturb(f"prepare-{prefix}-*", "capacity", 2)
    disturbances.disturb(f"champion-{prefix}-*", "capacity", 2)
    trained = train(life, BUILT_IN, force=True)
    released(life, BUILT_IN, trained.package)
    assert processing_jobs(life, "prepare")[len(prepared) :] == ["Failed", "Failed", "Completed"]
    assert processing_jobs(life, "champion")[len(measured) :] == ["Completed"]
    assert "champion:rmse" in trained.metrics, trained.reason


@pytest.mark.usefixtures("champion")
def test_a_champion_whose_job_gets_no_instances_at_all_is_compared_by_its_own_number(life: Session) -> None:
    prefix = names.tuning_prefix("dev", BUILT_IN)
    disturbances.disturb(f"champion-{prefix}-*", "capacity", 7)
    trained = train(life, BUILT_IN, force=True)
    assert f"on the same rows it was not measured: States.TaskFailed: {WITHOUT}" in trained.reason
    released(life, BUILT_IN, trained.package)
    assert life.client("sagemaker").list_models(NameContains="champion-")["Models"] == []
