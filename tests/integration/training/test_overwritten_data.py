"""Data that changes between the moment when its version is named and the one when a job reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import training
from cli.session import Session
from sagemaker_lifecycle import names
from tests.integration.holding import Hold, holding
from tests.integration.walking import ignore
from tests.waiting import eventually

# Of a model, the call that starts the job which reads its data.
READERS = {"by-hand": "CreateTrainingJob", "boosted": "CreateProcessingJob"}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    with holding(monkeypatch, lambda role: True) as hold:
        yield hold


@pytest.fixture(autouse=True)
def _nothing_is_left(life: Session) -> Iterator[None]:
    yield
    for model in READERS:
        key = f"{names.data_prefix(model)}late.csv"
        life.client("s3").delete_object(Bucket=life.output("foundation", "DataBucketName"), Key=key)


def write(life: Session, models_folder: Path, model: str, base: int) -> None:
    """Make the model's data others than before."""
    rows = [f"{feet},{100 * feet + base}" for feet in range(1500, 3600, 20)]
    text = "\n".join(["SquareFeet,Price", *rows]) + "\n"
    (models_folder / model / "data" / "houses.csv").write_text(text)
    training.upload(life, life.model(model))


def manifests(life: Session, model: str) -> set[str]:
    bucket = life.output("foundation", "ArtifactBucketName")
    listed = life.client("s3").list_objects_v2(Bucket=bucket, Prefix=names.manifests_prefix(model))
    return {each["Key"] for each in listed.get("Contents", ())}


def train_meanwhile(life: Session, held: Hold, model: str, change: Callable[[], Any]) -> training.Trained:
    """Train, with `change` made once the source has named the version, before a job can read."""
    before, gate = manifests(life, model), held(READERS[model])
    execution = training.start(life, life.model(model))
    eventually(lambda: manifests(life, model), lambda found: found != before)
    change()
    gate.set()
    return training.follow(life, execution, ignore)


@pytest.mark.parametrize("model", READERS)
def test_a_file_that_comes_after_the_version_is_named_is_none_of_it(
    life: Session, held: Hold, models_folder: Path, model: str
) -> None:
    write(life, models_folder, model, 100000)
    key = f"{names.data_prefix(model)}late.csv"
    late = {"Bucket": life.output("foundation", "DataBucketName"), "Key": key}
    # No job could read it.
    trained = train_meanwhile(
        life, held, model, lambda: life.client("s3").put_object(**late, Body=b"SquareFeet,Price\nmany,1\n")
    )
    assert trained.fresh
    package = life.client("sagemaker").describe_model_package(ModelPackageName=trained.package)
    version = package["CustomerMetadataProperties"]["data_version"]
    life.client("s3").delete_object(**late)
    again = training.follow(life, training.start(life, life.model(model)), ignore)
    assert (again.fresh, again.package) == (False, trained.package)
    assert f"{names.manifests_prefix(model)}{version}.json" in manifests(life, model)


@pytest.mark.parametrize("model", READERS)
def test_a_model_of_a_file_that_was_overwritten_before_it_was_read_is_rejected(
    life: Session, held: Hold, models_folder: Path, model: str
) -> None:
    write(life, models_folder, model, 200000)
    trained = train_meanwhile(life, held, model, lambda: write(life, models_folder, model, 300000))
    assert trained.status == "Rejected"
    assert trained.reason.endswith("files of it were overwritten: houses.csv")
    again = training.follow(life, training.start(life, life.model(model)), ignore)
    assert again.fresh
    assert again.status != "Rejected", again.reason


def test_the_same_content_uploaded_again_before_it_is_read_is_no_change(
    life: Session, held: Hold, models_folder: Path
) -> None:
    write(life, models_folder, "by-hand", 400000)
    trained = train_meanwhile(life, held, "by-hand", lambda: write(life, models_folder, "by-hand", 400000))
    assert trained.fresh
    assert trained.status != "Rejected", trained.reason
