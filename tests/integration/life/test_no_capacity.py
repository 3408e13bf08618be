"""Jobs that get no instances: asked for again under another name, and told to people in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import training
from cli.session import CommandError, Session
from emulator import clock
from emulator.sagemaker import disturbances
from tests.integration.life.walking import ignore, packages, train

MODEL = "by-hand"


@pytest.fixture(autouse=True)
def _waits_are_short_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "scale", 1 / 600)
    yield
    disturbances.lift()


def write(life: Session, models_folder: Path, slope: int) -> None:
    """Make the model's data others than before."""
    rows = [f"{feet},{slope * feet}" for feet in range(1500, 3600, 100)]
    text = "\n".join(["SquareFeet,Price", *rows]) + "\n"
    (models_folder / MODEL / "data" / "houses.csv").write_text(text)
    training.upload(life, life.model(MODEL))


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
    with pytest.raises(
        CommandError, match="CapacityError: Unable to provision requested ML compute capacity"
    ):
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
