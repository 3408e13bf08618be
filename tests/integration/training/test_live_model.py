"""What a new model is measured against: what is live, whatever else is approved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import releases
from cli.session import CommandError, Session
from emulator import faults
from emulator.faults import Fault
from sagemaker_lifecycle import names
from tests.integration.deployment import settle
from tests.integration.walking import released, train
from tests.waiting import eventually

MODEL = "tried"


def described(life: Session, package: str) -> dict[str, Any]:
    return life.client("sagemaker").describe_model_package(ModelPackageName=package)


def archive(life: Session, package: str) -> str:
    return described(life, package)["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]


def measured_against(life: Session) -> str:
    """Trains, and tells the package that the gate took for the champion, which the job was given as well."""
    trained = train(life, MODEL, force=True)
    champion = described(life, trained.package)["CustomerMetadataProperties"].get("champion", "")
    job = life.client("sagemaker").describe_training_job(TrainingJobName=trained.job)
    given = {each["ChannelName"]: each["DataSource"]["S3DataSource"] for each in job["InputDataConfig"]}
    assert given["champion"]["S3Uri"] == archive(life, champion)
    assert "champion:rmse" in trained.metrics
    return champion


@pytest.fixture(scope="module")
def champion(life: Session) -> str:
    """The first model, approved by hand and released."""
    trained = train(life, MODEL)
    life.client("sagemaker").update_model_package(
        ModelPackageArn=trained.package, ModelApprovalStatus="Approved"
    )
    released(life, MODEL, trained.package)
    return trained.package


@pytest.fixture(scope="module")
def challenger(life: Session, champion: str) -> str:
    """The second model, on trial."""
    trained = train(life, MODEL, force=True)
    assert releases.ask(life, "test", MODEL)["outcome"] == "started"
    settle(life.client, names.endpoint_stack_name("dev", MODEL))
    return trained.package


def test_while_a_trial_runs_the_champion_is_to_be_beaten_not_the_challenger(
    life: Session, champion: str, challenger: str
) -> None:
    assert described(life, challenger)["ModelApprovalStatus"] == "Approved"
    assert measured_against(life) == champion


def test_a_promoted_challenger_is_to_be_beaten(life: Session, champion: str, challenger: str) -> None:
    assert releases.ask(life, "promote", MODEL)["outcome"] == "started"
    eventually(lambda: releases.champion(life, MODEL), lambda live: live == challenger)
    settle(life.client, names.endpoint_stack_name("dev", MODEL))
    assert measured_against(life) == challenger


def test_what_a_job_measured_of_a_former_champion_does_not_count(
    life: Session, models_folder: Path, challenger: str
) -> None:
    """The job is of an execution that died before it judged; a release came before the next one did."""
    lines = ["SquareFeet,Price", *(f"{feet},{50010 + 100 * feet}" for feet in range(1500, 4000, 500))]
    (models_folder / MODEL / "data" / "houses.csv").write_text("\n".join(lines) + "\n")
    denied: dict[str, Any] = {"code": "AccessDenied", "status": 403, "message": "not today"}
    fault = Fault("sagemaker:CreateModelPackage", "error", times=1, role="*-RegisterModel*", **denied)
    faults.inject(fault)
    with pytest.raises(CommandError, match="not today"):
        train(life, MODEL)
    group, sagemaker = names.model_package_group_name("dev", MODEL), life.client("sagemaker")
    newest = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"][0]
    sagemaker.update_model_package(ModelPackageArn=newest["ModelPackageArn"], ModelApprovalStatus="Approved")
    released(life, MODEL, newest["ModelPackageArn"])
    trained = train(life, MODEL)
    assert not trained.fresh
    assert "champion:rmse" not in trained.metrics
    metadata = described(life, trained.package)["CustomerMetadataProperties"]
    assert metadata["champion"] == newest["ModelPackageArn"] != challenger
    assert metadata["champion_unmeasured"] == "it was not the champion when the training began"
    assert "when it was trained (on the same rows it was not measured: " in trained.reason
