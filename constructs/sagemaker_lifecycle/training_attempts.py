"""The states that train again when a job got no instances: under another name, after ever longer waits.

Only a started job learns that there is no capacity, and its name is taken for ever. A job that failed for
another reason would fail again on the same data, so it is not repeated.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

# Three digits: what a name has room for.
FIRST_ATTEMPT = 100
FIRST_WAIT_SECONDS = 60
# A minute, then two and so on: six waits in an hour, as where a quota is used up.
LONGEST_WAIT_SECONDS = 60 * 2**5
# What `$.job` knows from the start: the number of the next attempt, and the wait before it.
FIRST = {"attempt": FIRST_ATTEMPT, "wait_seconds": FIRST_WAIT_SECONDS}
# Beginning of the job's FailureReason:
# https://docs.aws.amazon.com/batch/latest/userguide/sm_job_stuck_in_runnable_capacity.html
_NO_INSTANCES = "CapacityError*"


@dataclass(frozen=True)
class FurtherAttempts:
    """Where to go on. at_once: when a job of the name got no instances before. after_a_wait: on a failure of
    the job, in `$.failure`, whatever it is.
    """

    at_once: sfn.IChainable
    after_a_wait: sfn.IChainable


def further_attempts(
    scope: Construct, name: str, told: Iterable[str], train: sfn.IChainable, failed: sfn.IChainable
) -> FurtherAttempts:
    """Both lead to `train` again, and to `failed` on other failures and after the longest wait.

    name: expression of an attempt's name. told: keys of `$.job` as they are in a state's parameters, which
    stay as they are but for the name.
    """
    kept = {key: f"$.job.{key.removesuffix('.$')}" for key in told}
    renamed = {**kept, "name.$": name, "attempt.$": "States.MathAdd($.job.attempt, 1)"}

    def attempt(state: str, seconds: str) -> sfn.Pass:
        made = sfn.Pass(scope, state, parameters={**renamed, "wait_seconds.$": seconds}, result_path="$.job")
        made.next(train)
        return made

    waited = sfn.Wait(
        scope, "UntilThereMayBeCapacity", time=sfn.WaitTime.seconds_path("$.job.wait_seconds")
    ).next(attempt("TryAgain", "States.MathAdd($.job.wait_seconds, $.job.wait_seconds)"))
    # The cause of a failed `.sync` job is its whole description, as JSON text.
    without = sfn.Condition.and_(
        sfn.Condition.string_matches("$.failure.Cause", f'{{*"FailureReason":"{_NO_INSTANCES}'),
        sfn.Condition.number_less_than_equals("$.job.wait_seconds", LONGEST_WAIT_SECONDS),
    )
    return FurtherAttempts(
        at_once=attempt("NextAttempt", "$.job.wait_seconds"),
        after_a_wait=sfn.Choice(scope, "DidItGetInstances").when(without, waited).otherwise(failed),
    )


def got_no_instances(job: str) -> sfn.Condition:
    """Whether the described job at that path failed for want of capacity."""
    reason = f"{job}.FailureReason"
    return sfn.Condition.and_(
        sfn.Condition.is_present(reason), sfn.Condition.string_matches(reason, _NO_INSTANCES)
    )
