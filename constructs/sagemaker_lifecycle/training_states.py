"""The states of a training execution: source -> train -> register, and the ways in which it fails.

Of AWS's own algorithms data is prepared before the training, and the champion measured after it.
"""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.training_attempts import (
    asked_again,
    counters,
    failed_without_instances,
    got_no_instances,
    newest_trial,
    next_attempt,
    trial_got_no_instances,
)
from sagemaker_lifecycle.training_champion_states import CHAMPION_JOBS, measured_champion
from sagemaker_lifecycle.training_request import TrainingJob
from sagemaker_lifecycle.training_tasks import job_task

# What Step Functions documents as transient for Lambda tasks.
LAMBDA_TRANSIENT = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]


@dataclass(frozen=True)
class Step:
    """A function of the execution and what it is told, besides what the execution knows."""

    function: lambda_.IFunction
    payload: dict[str, Any]


def training_states(
    scope: Construct, *, model: str, job: TrainingJob, source: Step, register: Step, debounce_seconds: int
) -> sfn.IChainable:
    """The whole graph, below `scope`.

    debounce_seconds: how long an execution that a new object started waits. It ends when a newer one has come
    by then: that one's own execution trains on all of them.

    source: answers with `train_uri`, `data_version`, `job_suffix`, `retry_suffix` and `champion`; gets
        `execution` and `force` too.
    register: gets `training_job` and `data` too, and in `champion` what became of measuring it; its answer is
        the output's `registration`.
    """
    failed = _failure(scope)
    registered = _registered(scope, model, job, register, failed)
    judged = registered if job.champion is None else measured_champion(scope, job.champion, registered)
    return _begun(scope, debounce_seconds, _data(scope, source, _trained(scope, job, judged, failed), failed))


def _begun(scope: Construct, debounce_seconds: int, data: sfn.IChainable) -> sfn.IChainable:
    """What the execution was given; one that a new object started waits for more."""
    debounce = sfn.Wait(
        scope, "MoreMayCome", time=sfn.WaitTime.duration(Duration.seconds(debounce_seconds))
    ).next(data)
    by_new_data = sfn.Condition.not_(sfn.Condition.string_equals("$.input.new_data", ""))
    return _defaults(scope).next(sfn.Choice(scope, "IsItNewData").when(by_new_data, debounce).otherwise(data))


def _data(scope: Construct, source: Step, trained: sfn.IChainable, failed: sfn.IChainable) -> sfn.Chain:
    """The source names the data, in `$.data`; a superseded run leaves the training to the newest."""
    asked = {
        "execution.$": "$$.Execution.Name",
        "force.$": "$.input.force",
        "new_data.$": "$.input.new_data",
    }
    superseded = sfn.Condition.boolean_equals("$.data.superseded", True)
    data = _invoke(scope, "Source", Step(source.function, {**source.payload, **asked}), "$.data", failed)
    return data.next(
        sfn.Choice(scope, "HasNewerDataCome")
        .when(superseded, sfn.Succeed(scope, "LeftToTheNewest"))
        .otherwise(trained)
    )


def _trained(
    scope: Construct, job: TrainingJob, judged: sfn.IChainable, failed: sfn.IChainable
) -> sfn.IChainable:
    """The job is named, in `$.job`, its data prepared where need be, and run; what comes of it is judged."""
    train = _train(scope, job)
    named = {
        "name": job.name,
        "checkpoints": job.checkpoints,
        "prepared": job.prepared,
        "champion": None if job.champion is None else job.champion.name,
    }
    told = {f"{key}.$": expression for key, expression in named.items() if expression}
    again = next_attempt(scope, job.retried, told, train)
    train.add_catch(
        _existing_job(scope, job, judged, again, failed),
        errors=["SageMaker.ResourceInUseException"],
        result_path="$.existing",
    )
    train.add_catch(_after_failure(scope, job, again, failed), result_path="$.failure")
    train.next(judged)
    jobs = ["Train"]
    if job.prepare is not None:
        jobs.append("Prepare")
    if job.champion is not None:
        jobs += CHAMPION_JOBS
    state = sfn.Pass(scope, "Job", parameters={**told, **counters(jobs)}, result_path="$.job")
    return state.next(train if job.prepare is None else _prepare(scope, job.prepare, failed).next(train))


def _registered(
    scope: Construct, model: str, job: TrainingJob, register: Step, failed: sfn.IChainable
) -> sfn.Chain:
    """The model is judged and registered, in `$.registration`; then the execution ends with its result."""
    asked = {
        "tuning_job.$" if job.tuned else "training_job.$": "$.job.name",
        "data.$": "$.data",
        **({} if job.baseline is None else {"baseline.$": job.baseline}),
        **({} if job.prepare is None else {"prepared_at.$": "$.preparation.ProcessingEndTime"}),
        **({} if job.champion is None else {"champion.$": "$.champion"}),
    }
    step = Step(register.function, {**register.payload, **asked})
    trained = "$.registration.training_job" if job.tuned else "$.job.name"
    return _invoke(scope, "Register", step, "$.registration", failed).next(_result(scope, model, trained))


def _defaults(scope: Construct) -> sfn.Pass:
    """`{"input": {"force": false, "new_data": "", …what the execution was given}}`."""
    merged = """States.JsonMerge(States.StringToJson('{"force":false,"new_data":""}'), $, false)"""
    return sfn.Pass(scope, "Defaults", parameters={"input.$": merged})


def _result(scope: Construct, model: str, training_job: str) -> sfn.Pass:
    return sfn.Pass(
        scope,
        "Result",
        parameters={
            "model": model,
            "training_job.$": training_job,
            "data.$": "$.data",
            "registration.$": "$.registration",
        },
    )


def _train(scope: Construct, job: TrainingJob) -> sfn.CustomState:
    """The job. Only requests that started none are retried: a started job's name is taken for ever."""
    return job_task(scope, "Train", f"create{_call(job)}", job.request, {"ResultPath": "$.trained"})


def _prepare(scope: Construct, request: dict[str, Any], failed: sfn.IChainable) -> sfn.CustomState:
    """The processing job that prepares the data."""
    state = job_task(scope, "Prepare", "createProcessingJob", request, {"ResultPath": "$.preparation"})
    without = failed_without_instances("$.failure")
    # Under another name: each request makes one.
    state.add_catch(
        asked_again(scope, "Prepare", again=state, failed=failed, without=without), result_path="$.failure"
    )
    return state


def _after_failure(
    scope: Construct, job: TrainingJob, again: sfn.IChainable, failed: sfn.IChainable
) -> sfn.IChainable:
    """Where a failure of the job goes on."""
    if not job.tuned:
        without = failed_without_instances("$.failure")
        return asked_again(scope, "Train", again=again, failed=failed, without=without)
    without = trial_got_no_instances()
    return newest_trial(scope, "NewestTrial", failed).next(
        asked_again(scope, "Train", again=again, failed=failed, without=without)
    )


def _call(job: TrainingJob) -> str:
    return "HyperParameterTuningJob" if job.tuned else "TrainingJob"


def _existing_job(
    scope: Construct,
    job: TrainingJob,
    ended: sfn.IChainable,
    without_instances: sfn.IChainable,
    failed: sfn.IChainable,
) -> sfn.IChainable:
    """Wait for the job that another execution started on the same data, then judge that one.

    Not so one that got no instances: it says nothing of the data.
    """
    describe = sfn.CustomState(
        scope,
        "ExistingJob",
        state_json={
            "Type": "Task",
            "Resource": f"arn:{arns.PARTITION}:states:::aws-sdk:sagemaker:describe{_call(job)}",
            "Parameters": {f"{_call(job)}Name.$": "$.job.name"},
            "ResultPath": "$.existing",
        },
    )
    describe.add_retry(interval=Duration.seconds(5), max_attempts=3, backoff_rate=2)
    describe.add_catch(failed, result_path="$.failure")
    status = f"$.existing.{_call(job)}Status"
    running = sfn.Condition.or_(
        sfn.Condition.string_equals(status, "InProgress"), sfn.Condition.string_equals(status, "Stopping")
    )
    wait = sfn.Wait(scope, "UntilItEnds", time=sfn.WaitTime.duration(Duration.minutes(1)))
    choice = sfn.Choice(scope, "IsItRunning").when(running, wait.next(describe))
    if job.tuned:
        trials = newest_trial(scope, "TrialOfExistingJob", ended)
        trials.next(
            sfn.Choice(scope, "DidTrialGetInstances")
            .when(trial_got_no_instances(), without_instances)
            .otherwise(ended)
        )
        choice.when(sfn.Condition.string_equals(status, "Failed"), trials)
    else:
        choice.when(got_no_instances("$.existing"), without_instances)
    return describe.next(choice.otherwise(ended))


def _invoke(
    scope: Construct, name: str, step: Step, result_path: str, failed: sfn.IChainable
) -> sfn.CustomState:
    state = sfn.CustomState(
        scope,
        name,
        state_json={
            "Type": "Task",
            "Resource": step.function.function_arn,
            "Parameters": step.payload,
            "ResultPath": result_path,
        },
    )
    state.add_retry(errors=LAMBDA_TRANSIENT, interval=Duration.seconds(2), max_attempts=6, backoff_rate=2)
    state.add_catch(failed, result_path="$.failure")
    return state


def _failure(scope: Construct) -> sfn.IChainable:
    """Fail with the job's own reason when a job failed, else with what the failed state said.

    The cause of a failed `.sync` job is its whole description, as JSON text.
    """
    described = _described(scope)
    # Not the caught error's own name: a state may not fail with a name that begins with `States.`.
    otherwise = sfn.Fail(
        scope,
        "Failed",
        error="TrainingFailed",
        cause_path="States.Format('{}: {}', $.failure.Error, $.failure.Cause)",
    )
    has_ended = sfn.Condition.or_(
        sfn.Condition.string_matches("$.failure.Cause", '{*"FailureReason":*'),
        sfn.Condition.string_matches("$.failure.Cause", '{*JobStatus":"Stopped"*'),
    )
    return sfn.Choice(scope, "DidTheJobFail").when(has_ended, described).otherwise(otherwise)


def _described(scope: Construct) -> sfn.IChainable:
    """Fail with what the program itself said, if it did (a processing job's ExitMessage), or the reason.

    A job that was stopped, by hand or at a limit of its time, has no reason: a training job names the limit.
    """
    description = sfn.Pass(
        scope,
        "JobDescription",
        parameters={"job.$": "States.StringToJson($.failure.Cause)"},
        result_path="$.description",
    )
    said = sfn.Fail(
        scope, "PreparationFailed", error="TrainingJobFailed", cause_path="$.description.job.ExitMessage"
    )
    reason = sfn.Fail(
        scope, "JobFailed", error="TrainingJobFailed", cause_path="$.description.job.FailureReason"
    )
    at_limit = sfn.Fail(
        scope,
        "JobStopped",
        error="TrainingJobFailed",
        cause_path="States.Format('the job was stopped: {}', $.description.job.SecondaryStatus)",
    )
    stopped = sfn.Fail(
        scope,
        "OtherJobStopped",
        error="TrainingJobFailed",
        cause="the job was stopped: by hand, or at its longest run time",
    )
    return description.next(
        sfn.Choice(scope, "DidTheProgramSayWhy")
        .when(sfn.Condition.is_present("$.description.job.ExitMessage"), said)
        .when(sfn.Condition.is_present("$.description.job.FailureReason"), reason)
        .when(sfn.Condition.is_present("$.description.job.SecondaryStatus"), at_limit)
        .otherwise(stopped)
    )
