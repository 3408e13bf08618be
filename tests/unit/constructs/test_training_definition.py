"""The state machine of a model's training: its graph, and what its role may do."""

import json
from functools import cache
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.training_definition import TrainingDefinition
from sagemaker_lifecycle.training_request import TrainingJob
from sagemaker_lifecycle.training_states import Step
from tests.unit.constructs.test_training_request import ROLE_ARN, model
from tests.unit.synthesis import KEY_ARN, empty_stack, statement_of, statements, template_of, written
from tests.unit.template_values import only
from tests.unit.training_values import plain

SOURCE_ARN = "arn:aws:lambda:us-east-1:123456789012:function:source"
REGISTER_ARN = "arn:aws:lambda:us-east-1:123456789012:function:register"
JOB = TrainingJob(
    names="dev-houses-????????-*",
    name="States.Format('dev-houses-0123abcd-{}', $.data.job_suffix)",
    retried="States.Format('dev-houses-0123abcd-{}{}', $.data.retry_suffix, $.job.attempt)",
    request={"TrainingJobName.$": "$.job.name"},
    longest_seconds=7200,
)


@cache
def template() -> dict[str, Any]:
    stack = empty_stack()
    TrainingDefinition(
        stack,
        "Definition",
        environment=environment_named("dev"),
        model=model(),
        job=JOB,
        source=Step(lambda_.Function.from_function_arn(stack, "Source", SOURCE_ARN), {"model": "houses"}),
        register=Step(
            lambda_.Function.from_function_arn(stack, "Register", REGISTER_ARN), {"approval": "auto"}
        ),
        training_role=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    return template_of(stack)


def machine() -> dict[str, Any]:
    return only(template()["Resources"], "AWS::StepFunctions::StateMachine")


@cache
def definition() -> dict[str, Any]:
    return json.loads(plain(machine()["DefinitionString"]))


def state(name: str) -> dict[str, Any]:
    return definition()["States"][name]


def path(start: str) -> list[str]:
    """The states from `start` on when nothing fails."""
    names = [start]
    while "Next" in state(names[-1]):
        names.append(state(names[-1])["Next"])
    return names


def caught(name: str, error: str) -> str:
    """Where the state goes on that error."""
    for catcher in state(name)["Catch"]:
        if {error, "States.ALL"} & set(catcher["ErrorEquals"]):
            return catcher["Next"]
    raise AssertionError(f"{name} does not catch {error}")


def test_an_execution_goes_from_the_data_over_the_job_to_the_registry() -> None:
    assert path(definition()["StartAt"]) == ["Defaults", "IsItNewData"]
    assert state("IsItNewData")["Default"] == "Source"
    assert path("Source") == ["Source", "HasNewerDataCome"]
    assert state("HasNewerDataCome")["Default"] == "Job"
    assert path("Job") == ["Job", "Train", "Register", "Result"]


def test_an_execution_of_new_data_waits_and_ends_when_newer_data_has_come() -> None:
    [by_new_data] = state("IsItNewData")["Choices"]
    assert by_new_data["Not"] == {"Variable": "$.input.new_data", "StringEquals": ""}
    assert state(by_new_data["Next"]) == {"Type": "Wait", "Seconds": 60, "Next": "Source"}
    [superseded] = state("HasNewerDataCome")["Choices"]
    assert (superseded["Variable"], superseded["BooleanEquals"]) == ("$.data.superseded", True)
    assert state(superseded["Next"])["Type"] == "Succeed"


def test_the_job_is_waited_for() -> None:
    assert state("Train")["Resource"] == "arn:<AWS::Partition>:states:::sagemaker:createTrainingJob.sync"
    assert state("Train")["Parameters"] == JOB.request


def test_force_is_false_unless_the_input_says_otherwise() -> None:
    merge = 'States.JsonMerge(States.StringToJson(\'{"force":false,"new_data":""}\'), $, false)'
    assert state("Defaults")["Parameters"] == {"input.$": merge}
    assert state("Source")["Parameters"] == {
        "model": "houses",
        "execution.$": "$$.Execution.Name",
        "force.$": "$.input.force",
        "new_data.$": "$.input.new_data",
    }


def test_the_job_is_named_after_the_data() -> None:
    counted = {"attempt": 100, "waits": {"Train": {"seconds": 60}}}
    assert state("Job")["Parameters"] == {"name.$": JOB.name, **counted}
    assert state("Job")["ResultPath"] == "$.job"
    assert state("Source")["ResultPath"] == "$.data"


def test_the_registry_learns_which_job_and_which_data() -> None:
    assert state("Register")["Parameters"] == {
        "approval": "auto",
        "training_job.$": "$.job.name",
        "data.$": "$.data",
    }


def test_the_output_is_model_job_data_and_registration() -> None:
    assert state("Result")["Parameters"] == {
        "model": "houses",
        "training_job.$": "$.job.name",
        "data.$": "$.data",
        "registration.$": "$.registration",
    }
    assert state("Result")["End"] is True


def test_only_requests_that_started_no_job_are_sent_again() -> None:
    retried = {error for retry in state("Train")["Retry"] for error in retry["ErrorEquals"]}
    assert retried == {
        "SageMaker.ResourceLimitExceededException",
        "SageMaker.AmazonSageMakerException",
        "SageMaker.ThrottlingException",
        "ThrottlingException",
    }


@pytest.mark.parametrize("name", ["Source", "Register"])
def test_a_function_that_lambda_could_not_run_is_invoked_again(name: str) -> None:
    [retry] = state(name)["Retry"]
    assert "Lambda.TooManyRequestsException" in retry["ErrorEquals"]
    assert "States.ALL" not in retry["ErrorEquals"]


def test_data_that_was_trained_on_before_is_judged_by_its_job_once_that_has_ended() -> None:
    assert caught("Train", "SageMaker.ResourceInUseException") == "ExistingJob"
    assert state("ExistingJob")["Parameters"] == {"TrainingJobName.$": "$.job.name"}
    assert path("ExistingJob") == ["ExistingJob", "IsItRunning"]
    running, without_instances = state("IsItRunning")["Choices"]
    assert {each["StringEquals"] for each in running["Or"]} == {"InProgress", "Stopping"}
    assert running["Next"] == "UntilItEnds"
    assert state("UntilItEnds")["Next"] == "ExistingJob"
    assert state("IsItRunning")["Default"] == "Register"
    assert path(without_instances["Next"])[:2] == ["NextAttempt", "Train"]


def test_a_job_without_instances_is_followed_by_one_of_another_name_after_a_wait() -> None:
    assert caught("Train", "AnyError") == "DidTrainGetInstances"
    [without] = state("DidTrainGetInstances")["Choices"]
    waits = ["UntilTrainGetsInstances", "TrainWaitsLonger"]
    assert path(without["Next"])[:4] == [*waits, "NextAttempt", "Train"]
    assert state("UntilTrainGetsInstances")["SecondsPath"] == "$.job.waits.Train.seconds"
    assert state("NextAttempt")["Parameters"] == {
        "name.$": JOB.retried,
        "attempt.$": "States.MathAdd($.job.attempt, 1)",
        "waits.$": "$.job.waits",
    }
    assert state("DidTrainGetInstances")["Default"] == "DidTheJobFail"


@pytest.mark.parametrize("name", ["Source", "ExistingJob", "Register"])
def test_every_task_ends_in_a_failure_that_says_why(name: str) -> None:
    assert caught(name, "AnyError") == "DidTheJobFail"
    assert state("DidTheJobFail")["Default"] == "Failed"
    assert state("Failed") == {
        "Type": "Fail",
        "Error": "TrainingFailed",
        "CausePath": "States.Format('{}: {}', $.failure.Error, $.failure.Cause)",
    }


def test_a_failed_jobs_own_reason_is_the_executions_cause() -> None:
    [job] = state("DidTheJobFail")["Choices"]
    assert [it["StringMatches"] for it in job["Or"]] == ['{*"FailureReason":*', '{*JobStatus":"Stopped"*']
    assert path(job["Next"]) == ["JobDescription", "DidTheProgramSayWhy"]
    told = [
        (it["Variable"], it["IsPresent"], state(it["Next"])["CausePath"])
        for it in state("DidTheProgramSayWhy")["Choices"]
    ]
    of_the_job = "$.description.job."
    assert told == [
        (f"{of_the_job}ExitMessage", True, f"{of_the_job}ExitMessage"),
        (f"{of_the_job}FailureReason", True, f"{of_the_job}FailureReason"),
        (
            f"{of_the_job}SecondaryStatus",
            True,
            f"States.Format('the job was stopped: {{}}', {of_the_job}SecondaryStatus)",
        ),
    ]
    assert state("DidTheProgramSayWhy")["Default"] == "OtherJobStopped"


def test_the_machine_outlives_its_job_and_the_wait_for_more_data_by_no_more_than_four_hours() -> None:
    assert definition()["TimeoutSeconds"] == JOB.longest_seconds + 60 + 4 * 3600


def test_it_is_traced_and_logs_everything_to_an_encrypted_group() -> None:
    assert machine()["TracingConfiguration"] == {"Enabled": True}
    assert machine()["LoggingConfiguration"]["Level"] == "ALL"
    logs = only(template()["Resources"], "AWS::Logs::LogGroup")
    assert logs["LogGroupName"] == "/aws/vendedlogs/states/lifecycle-dev-train-houses"
    assert logs["KmsKeyId"] == KEY_ARN


def test_it_may_pass_one_role_to_sagemaker_only() -> None:
    statement = statement_of(template(), "iam:PassRole")
    assert statement["Resource"] == [ROLE_ARN]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_it_may_run_jobs_of_the_models_name_only() -> None:
    statement = statement_of(template(), "sagemaker:CreateTrainingJob")
    jobs = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:training-job/dev-houses-????????-*"
    assert list(map(written, statement["Resource"])) == [jobs]
    assert "sagemaker:AddTags" in statement["Action"]
    assert "sagemaker:StopTrainingJob" in statement["Action"]


def test_it_may_invoke_its_two_functions_and_no_version_of_them() -> None:
    statement = statement_of(template(), "lambda:InvokeFunction")
    assert set(statement["Resource"]) == {SOURCE_ARN, REGISTER_ARN}


def test_it_may_watch_the_end_of_jobs_by_step_functions_own_rule() -> None:
    statement = statement_of(template(), "events:PutRule")
    rule = "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    assert [written(each) for each in statement["Resource"]] == [
        f"arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:{rule}"
    ]


def test_what_it_may_do_on_everything_are_logs_and_traces() -> None:
    services = {
        action.split(":")[0]
        for statement in statements(template())
        if statement["Resource"] == ["*"]
        for action in statement["Action"]
    }
    assert services == {"logs", "xray"}


def test_step_functions_may_assume_its_role_for_this_accounts_machines_only() -> None:
    role = only(template()["Resources"], "AWS::IAM::Role")
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = written(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:*"
