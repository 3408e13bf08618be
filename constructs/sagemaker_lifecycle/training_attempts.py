"""The states that ask again for a job that got no instances, after ever longer waits.

Only a started job learns that there is no capacity. A job that failed for another reason would fail again on
the same data, so it is not repeated.
"""

from collections.abc import Iterable
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import arns

# Three digits: what a name has room for.
FIRST_ATTEMPT = 100
FIRST_WAIT_SECONDS = 60
# A minute, then two and so on: six waits in an hour, as where a quota is used up.
LONGEST_WAIT_SECONDS = 60 * 2**5
# Of each job, besides its own time: an hour while a quota is used up, an hour while capacity is missing, and
# what jobs take to find that out.
OVERHEAD_SECONDS = 4 * 3600
# Beginning of the FailureReason, of training jobs
# (https://docs.aws.amazon.com/batch/latest/userguide/sm_job_stuck_in_runnable_capacity.html), transform jobs
# (https://github.com/DIAGNijmegen/rse-grand-challenge/issues/2631) and processing jobs: AWS's SDK for Python
# knows all three by it (sagemaker.core.common_utils), and pipelines repeat all three for it
# (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html).
_NO_INSTANCES = "CapacityError*"
_TRIAL = "$.trial"


def counters(states: Iterable[str]) -> dict[str, Any]:
    """What `$.job` knows from the start: the number of the next attempt, and each state's next wait."""
    return {"attempt": FIRST_ATTEMPT, "waits": {each: {"seconds": FIRST_WAIT_SECONDS} for each in states}}


def next_attempt(scope: Construct, name: str, told: Iterable[str], train: sfn.IChainable) -> sfn.Pass:
    """Leads to `train` under the next attempt's name: a started job's name is taken for ever.

    name: expression of it. told: keys of `$.job` as they are in a state's parameters, which stay as they are
    but for the name.
    """
    kept = {key: f"$.job.{key.removesuffix('.$')}" for key in (*told, "waits.$")}
    renamed = {**kept, "name.$": name, "attempt.$": "States.MathAdd($.job.attempt, 1)"}
    made = sfn.Pass(scope, "NextAttempt", parameters=renamed, result_path="$.job")
    made.next(train)
    return made


def asked_again(
    scope: Construct,
    state: str,
    *,
    again: sfn.IChainable,
    failed: sfn.IChainable,
    without: sfn.Condition,
) -> sfn.Choice:
    """Where a failure of `state` goes on: to `again` after a wait, to `failed` after the longest.

    state: one of those whose waits `counters` counts. without: whether it is for want of capacity; all other
    failures go to `failed`.
    """
    seconds = f"$.job.waits.{state}.seconds"
    longer = sfn.Pass(
        scope,
        f"{state}WaitsLonger",
        parameters={"seconds.$": f"States.MathAdd({seconds}, {seconds})"},
        result_path=f"$.job.waits.{state}",
    )
    waited = sfn.Wait(scope, f"Until{state}GetsInstances", time=sfn.WaitTime.seconds_path(seconds))
    waited.next(longer).next(again)
    may_wait = sfn.Condition.number_less_than_equals(seconds, LONGEST_WAIT_SECONDS)
    return (
        sfn.Choice(scope, f"Did{state}GetInstances")
        .when(sfn.Condition.and_(without, may_wait), waited)
        .otherwise(failed)
    )


def failed_without_instances(failure: str) -> sfn.Condition:
    """Whether the caught failure at that path is of a job that got no instances.

    The cause of a failed `.sync` job is its whole description, as JSON text.
    """
    return sfn.Condition.and_(
        sfn.Condition.is_present(f"{failure}.Cause"),
        sfn.Condition.string_matches(f"{failure}.Cause", f'{{*"FailureReason":"{_NO_INSTANCES}'),
    )


def got_no_instances(job: str) -> sfn.Condition:
    """Whether the described job at that path failed for want of capacity."""
    reason = f"{job}.FailureReason"
    return sfn.Condition.and_(
        sfn.Condition.is_present(reason), sfn.Condition.string_matches(reason, _NO_INSTANCES)
    )


def newest_trial(scope: Construct, name: str, failed: sfn.IChainable) -> sfn.CustomState:
    """Look up why the newest trial of a tuning job failed, for `trial_got_no_instances`.

    A tuning job without one good trial says that, and not why:
    https://github.com/aws/amazon-sagemaker-examples/issues/2437.
    """
    state = sfn.CustomState(
        scope,
        name,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{arns.PARTITION}:states:::aws-sdk:sagemaker:"
            "listTrainingJobsForHyperParameterTuningJob",
            "Parameters": {
                "HyperParameterTuningJobName.$": "$.job.name",
                "SortBy": "CreationTime",
                "SortOrder": "Descending",
                "MaxResults": 1,
            },
            # As text: there may be no trial, or no reason.
            "ResultSelector": {"reasons.$": "States.JsonToString($.TrainingJobSummaries[*].FailureReason)"},
            "ResultPath": _TRIAL,
        },
    )
    state.add_catch(failed, result_path=_TRIAL)
    return state


def trial_got_no_instances() -> sfn.Condition:
    """Whether the trial that was looked up failed for want of capacity."""
    return sfn.Condition.string_matches(f"{_TRIAL}.reasons", f'["{_NO_INSTANCES}')
