"""What every story of a model does: train, wait for the release, predict, look."""

from __future__ import annotations

import json
from typing import Any

from cli import prediction, releases, training
from cli.session import Session
from sagemaker_lifecycle import names
from tests.integration.deployment import settle
from tests.waiting import eventually


def ignore(_text: object) -> None:
    """Progress that no one looks at."""


def train(life: Session, model: str, *, force: bool = False) -> training.Trained:
    spec = life.model(model)
    if not force:
        training.upload(life, spec)
    return training.follow(life, training.start(life, spec, force=force), ignore)


def released(life: Session, model: str, package: str) -> None:
    releases.wait_until_started(life, model, package)
    eventually(lambda: releases.champion(life, model), lambda champion: champion == package)
    stack = settle(life.client, names.endpoint_stack_name("dev", model))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"


def predicted(life: Session, model: str, feet: float = 3100) -> float:
    answer = prediction.predict(life, model, [{"SquareFeet": feet}])
    assert answer.status == 200, answer.body
    return answer.body["predictions"][0]


def ledger(life: Session, model: str) -> list[str]:
    value = life.client("ssm").get_parameter(Name=names.releases_parameter("dev", model))
    return [entry["package"] for entry in json.loads(value["Parameter"]["Value"])]


def packages(life: Session, model: str) -> list[dict[str, Any]]:
    group = names.model_package_group_name("dev", model)
    return life.client("sagemaker").list_model_packages(ModelPackageGroupName=group)[
        "ModelPackageSummaryList"
    ]


def update_count(life: Session, model: str) -> int:
    events = life.client("cloudformation").describe_stack_events(
        StackName=names.endpoint_stack_name("dev", model)
    )["StackEvents"]
    return sum(
        e["ResourceStatus"] == "UPDATE_IN_PROGRESS" and e["ResourceType"] == "AWS::CloudFormation::Stack"
        for e in events
    )
