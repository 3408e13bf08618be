"""A model's whole life over the API, in the order in which it is lived, with IAM enforced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli import prediction, releases, training
from cli.exit_codes import Busy
from cli.session import CommandError, Session, parameter
from cli.stacks_watch import last_event_id
from sagemaker_lifecycle import names
from tests.integration.deployment import settle
from tests.integration.walking import (
    ignore,
    ledger,
    packages,
    predicted,
    released,
    train,
    update_count,
)
from tests.waiting import eventually


def test_before_the_first_release_the_api_says_so(life: Session) -> None:
    answer = prediction.predict(life, "house-prices", [{"SquareFeet": 3100}])
    assert answer.status == 409
    assert "not released" in answer.body["error"]["message"]


def test_training_without_data_fails_with_its_reason(life: Session) -> None:
    execution = training.start(life, life.model("by-hand"))
    with pytest.raises(CommandError, match=r"(?i)no object below"):
        training.follow(life, execution, ignore)


def test_data_becomes_a_prediction(life: Session) -> None:
    trained = train(life, "house-prices")
    assert trained.status == "Approved", trained.reason
    assert trained.metrics["validation:rmse"] < 1
    assert trained.package.endswith("/1")
    released(life, "house-prices", trained.package)
    assert predicted(life, "house-prices") == pytest.approx(360000, abs=1)
    assert ledger(life, "house-prices") == [trained.package]


def test_the_same_data_is_not_trained_on_twice(life: Session) -> None:
    jobs = life.client("sagemaker").list_training_jobs(NameContains="dev-house-prices")[
        "TrainingJobSummaries"
    ]
    file = {
        "Bucket": life.output("foundation", "DataBucketName"),
        "Key": f"{names.data_prefix('house-prices')}houses.csv",
    }
    before = life.client("s3").head_object(**file)
    assert before["ServerSideEncryption"] == "aws:kms"
    assert not train(life, "house-prices").fresh
    after = life.client("sagemaker").list_training_jobs(NameContains="dev-house-prices")[
        "TrainingJobSummaries"
    ]
    assert life.client("s3").head_object(**file)["ETag"] != before["ETag"]
    assert len(after) == len(jobs) == 1
    assert len(packages(life, "house-prices")) == 1


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ([{"SquareFeet": "big"}], 400, "SquareFeet"),
        ([{}], 400, "SquareFeet"),
        ([{"SquareFeet": 3100, "Pool": 1}], 400, "Pool"),
        ([{"SquareFeet": 5}], 400, "SquareFeet"),
    ],
)
def test_a_bad_instance_is_told_by_its_field(
    life: Session, body: list[dict[str, Any]], status: int, word: str
) -> None:
    answer = prediction.predict(life, "house-prices", body)
    assert answer.status == status
    assert word in json.dumps(answer.body)


def test_an_unknown_model_is_not_found(life: Session) -> None:
    assert prediction.predict(life, "absent", [{"SquareFeet": 1}]).status == 404


def test_a_second_version_is_released_and_rolled_back(life: Session) -> None:
    first = releases.champion(life, "house-prices")
    second = train(life, "house-prices", force=True)
    released(life, "house-prices", second.package)
    assert ledger(life, "house-prices") == [first, second.package]
    after = last_event_id(life, names.endpoint_stack_name("dev", "house-prices"))
    outcome = releases.roll_back(life, "house-prices")
    assert outcome["outcome"] == "started", outcome
    releases.follow(life, "house-prices", after, ignore, expected=first)
    assert predicted(life, "house-prices") == pytest.approx(360000, abs=1)
    assert releases.ask(life, "rollback", "house-prices", second.package)["outcome"] == "unchanged"
    rejected = life.client("sagemaker").describe_model_package(ModelPackageName=second.package)
    assert rejected["ModelApprovalStatus"] == "Rejected"
    assert "roll" in rejected["ApprovalDescription"].lower()


def test_a_rotation_leaves_nothing_of_the_release_before_behind(life: Session) -> None:
    sagemaker = life.client("sagemaker")
    assert len(sagemaker.list_models(NameContains="house-prices")["Models"]) == 1
    assert len(sagemaker.list_endpoint_configs(NameContains="house-prices")["EndpointConfigs"]) == 1


def test_parked_costs_nothing_and_wakes_as_it_was(life: Session) -> None:
    live = releases.champion(life, "house-prices")
    stack = names.endpoint_stack_name("dev", "house-prices")
    after = last_event_id(life, stack)
    releases.ask(life, "park", "house-prices")
    releases.follow(life, "house-prices", after, ignore, expected="")
    assert life.client("sagemaker").list_endpoints(NameContains="house-prices")["Endpoints"] == []
    assert prediction.predict(life, "house-prices", [{"SquareFeet": 3100}]).status == 409
    after = last_event_id(life, stack)
    releases.ask(life, "wake", "house-prices")
    releases.follow(life, "house-prices", after, ignore, expected=live)
    assert predicted(life, "house-prices") == pytest.approx(360000, abs=1)


def test_a_model_below_its_gate_is_kept_rejected_and_touches_no_endpoint(life: Session) -> None:
    trained = train(life, "noisy")
    assert trained.status == "Rejected"
    assert "rmse" in trained.reason
    [package] = packages(life, "noisy")
    assert package["ModelApprovalStatus"] == "Rejected"
    assert update_count(life, "noisy") == 0
    assert prediction.predict(life, "noisy", [{"SquareFeet": 3100}]).status == 409


def test_a_users_own_scripts_become_a_prediction(life: Session) -> None:
    trained = train(life, "iris")
    assert trained.status == "Approved", trained.reason
    released(life, "iris", trained.package)
    names_of = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    rows = [dict(zip(names_of, row, strict=True)) for row in ((5.1, 3.5, 1.4, 0.2), (6.7, 3.0, 5.2, 2.3))]
    answer = prediction.predict(life, "iris", rows)
    assert answer.status == 200, answer.body
    assert answer.body["predictions"] == ["setosa", "virginica"]
    assert [max(row, key=row.__getitem__) for row in answer.body["probabilities"]] == ["setosa", "virginica"]


def test_a_model_of_awss_own_algorithms_that_is_worse_than_a_guess_is_rejected(life: Session) -> None:
    trained = train(life, "guessed")
    assert trained.metrics["validation:rmse"] > trained.metrics["baseline:rmse"]
    assert trained.status == "Rejected"
    assert "a guess without a model" in trained.reason


def test_a_training_that_fails_keeps_its_reason_alarms_and_registers_nothing(life: Session) -> None:
    bucket = life.output("foundation", "DataBucketName")
    life.client("s3").put_object(
        Bucket=bucket, Key=f"{names.data_prefix('broken')}houses.csv", Body=b"SquareFeet,Price\n1500,cheap\n"
    )
    execution = training.start(life, life.model("broken"))
    with pytest.raises(CommandError, match="cheap"):
        training.follow(life, execution, ignore)
    [job] = life.client("sagemaker").list_training_jobs(NameContains="dev-broken")["TrainingJobSummaries"]
    described = life.client("sagemaker").describe_training_job(TrainingJobName=job["TrainingJobName"])
    assert described["TrainingJobStatus"] == "Failed"
    assert "cheap" in described["FailureReason"]
    assert packages(life, "broken") == []
    alarm = names.training_alarm_names("dev", "broken")["Failed"]
    history = life.client("cloudwatch")
    eventually(
        lambda: history.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"],
        lambda state: state == "ALARM",
    )


def test_approved_by_hand_is_released_and_the_event_twice_rotates_once(life: Session) -> None:
    trained = train(life, "by-hand")
    assert trained.status == "PendingManualApproval"
    assert update_count(life, "by-hand") == 0
    sagemaker = life.client("sagemaker")
    for _ in range(2):
        sagemaker.update_model_package(
            ModelPackageArn=trained.package, ModelApprovalStatus="Approved", ApprovalDescription="looks right"
        )
    released(life, "by-hand", trained.package)
    queue = life.client("sqs")
    [url] = [u for u in queue.list_queues()["QueueUrls"] if "Approvals" in u and "Dead" not in u]

    def waiting() -> int:
        attributes = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )

    eventually(waiting, lambda count: count == 0)
    assert update_count(life, "by-hand") == 1
    assert ledger(life, "by-hand") == [trained.package]


def test_an_approval_while_the_stack_is_busy_waits_and_is_released_after(life: Session) -> None:
    sagemaker, stack = life.client("sagemaker"), names.endpoint_stack_name("dev", "by-hand")
    second = train(life, "by-hand", force=True)
    third = train(life, "by-hand", force=True)
    for package in (second.package, third.package):
        sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
        if package == second.package:
            eventually(
                lambda: life.stack(stack)["StackStatus"], lambda status: status.endswith("_IN_PROGRESS")
            )
    eventually(lambda: releases.champion(life, "by-hand"), lambda champion: champion == third.package)
    assert settle(life.client, stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert predicted(life, "by-hand") == pytest.approx(360000, abs=1)


def test_a_deploy_meanwhile_is_told_busy(life: Session) -> None:
    stack = names.endpoint_stack_name("dev", "by-hand")
    live = releases.champion(life, "by-hand")
    after = last_event_id(life, stack)
    assert releases.ask(life, "park", "by-hand")["outcome"] == "started"
    with pytest.raises(Busy, match=r"the stack is in UPDATE_.*IN_PROGRESS"):
        releases.ask(life, "wake", "by-hand")
    releases.follow(life, "by-hand", after, ignore, expected="")
    parked = life.client("ssm").get_parameter(Name=names.parked_parameter("dev", "by-hand"))
    assert parked["Parameter"]["Value"] == live


def test_a_role_without_the_key_cannot_train(life: Session) -> None:
    iam = life.client("iam")
    resources = life.client("cloudformation").list_stack_resources(StackName="lifecycle-dev-foundation")
    [role] = [
        r["PhysicalResourceId"]
        for r in resources["StackResourceSummaries"]
        if r["ResourceType"] == "AWS::IAM::Role" and "Training" in r["LogicalResourceId"]
    ]
    saved: dict[str, Any] = {}
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        saved[policy] = document
        without = [s for s in document["Statement"] if not str(s["Action"]).count("kms:")]
        iam.put_role_policy(
            RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": without})
        )
    try:
        with pytest.raises(CommandError, match=r"kms:(Decrypt|GenerateDataKey)"):
            train(life, "house-prices", force=True)
    finally:
        for policy, document in saved.items():
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def test_releases_leave_the_challengers_parameters_as_they_were_deployed(life: Session) -> None:
    described = life.endpoint_stack("house-prices")
    assert parameter(described, "ChallengerTraffic") == "0"
    assert parameter(described, "ChallengerMode") == "canary"
