"""What a new model is measured against: what is live, whatever else is approved."""

from __future__ import annotations

from typing import Any

import pytest

from cli import releases
from cli.session import Session
from sagemaker_lifecycle import names
from tests.integration.life.deployment import settle
from tests.integration.life.walking import eventually, released, train

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
