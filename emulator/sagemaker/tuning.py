"""Hyperparameter tuning jobs: create, describe, list, stop."""

from __future__ import annotations

import math
from typing import Any

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import images, training, tuning_run
from emulator.sagemaker.jobs import Jobs, stop
from emulator.sagemaker.requests import Params, answers, echo, invalid, page
from emulator.sagemaker.roles import require_trust
from emulator.sagemaker.tuning_job import NAME, TuningJob
from emulator.sagemaker.tuning_search import Range, ranges_of

_jobs = Jobs(TuningJob)
stop_all = _jobs.stop_all
_LONGEST_TRIAL_SUFFIX = "-000-00000000"


@answers("CreateHyperParameterTuningJob")
def _create(call: Call) -> Params:
    request, region = call.params, call.region
    name = request[NAME]
    _jobs.require_free(region, name)
    trials = _validate(request)
    definition = request["TrainingJobDefinition"]
    require_trust(definition["RoleArn"], TuningJob.arn_of(region, name))
    training.require_data(definition, region)
    job = TuningJob(echo(request), region)
    _jobs.add(job, request)
    job.move("InProgress")
    tuning_run.start(job, trials)
    return {"HyperParameterTuningJobArn": job.arn}


def _validate(request: Params) -> int:
    """How many trials there will be. Raises ValidationException."""
    for member in ("TrainingJobDefinitions", "WarmStartConfig", "Autotune"):
        if request.get(member):
            raise invalid(f"The emulator does not do {member}.")
    definition, config = request.get("TrainingJobDefinition"), request["HyperParameterTuningJobConfig"]
    if not definition:
        raise invalid("Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be specified.")
    if not config.get("HyperParameterTuningJobObjective"):
        raise invalid(
            "HyperParameterTuningJobObjective must be specified for a single TrainingJobDefinition."
        )
    ranges = _ranges(config, definition)
    training.validate(tuning_run.trial_request(request, {}, f"{request[NAME]}{_LONGEST_TRIAL_SUFFIX}"))
    _validate_objective(config["HyperParameterTuningJobObjective"]["MetricName"], definition)
    return _trials(config, ranges)


def _ranges(config: Params, definition: Params) -> list[Range]:
    try:
        ranges = ranges_of(config.get("ParameterRanges") or {})
    except ValueError as error:
        raise invalid(f"A bound of a parameter range is no number: {error}") from error
    if not ranges:
        raise invalid("A hyperparameter tuning job must have at least one tunable hyperparameter.")
    names = [one.name for one in ranges]
    if len(names) != len(set(names)):
        raise invalid("Names of tunable hyperparameters must be unique.")
    both = sorted(set(names) & set(definition.get("StaticHyperParameters") or {}))
    if both:
        raise invalid(f"Hyperparameters {both} are both static and tunable.")
    problems = [problem for one in ranges if (problem := one.problem())]
    if problems:
        raise invalid(" ".join(problems))
    return ranges


def _validate_objective(metric: str, definition: Params) -> None:
    algorithm = definition["AlgorithmSpecification"]
    built_in = images.built_in(algorithm.get("TrainingImage"))
    if built_in:
        known = {name for name, _ in built_in.metrics}
    else:
        known = {one["Name"] for one in algorithm.get("MetricDefinitions") or ()}
    if metric not in known:
        raise invalid(
            f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the "
            f"algorithm {algorithm.get('TrainingImage')}. Choose a valid objective metric."
        )


def _trials(config: Params, ranges: list[Range]) -> int:
    strategy, limits = config["Strategy"], config["ResourceLimits"]
    if strategy == "Hyperband":
        raise invalid("The emulator does not do strategy Hyperband; it does Bayesian, Random and Grid.")
    wanted, parallel = limits.get("MaxNumberOfTrainingJobs"), limits["MaxParallelTrainingJobs"]
    if strategy == "Grid":
        if not all(one.values for one in ranges):
            raise invalid("Grid search supports categorical hyperparameters only.")
        size = math.prod(len(one.values) for one in ranges)
        if wanted is not None and wanted != size:
            raise invalid(
                f"MaxNumberOfTrainingJobs must equal the number of combinations ({size}) for Grid, or be "
                "left out."
            )
        wanted = size
    if wanted is None:
        raise invalid("MaxNumberOfTrainingJobs must be specified.")
    if parallel > wanted:
        raise invalid("MaxParallelTrainingJobs cannot be greater than MaxNumberOfTrainingJobs.")
    return wanted


def find(region: str, name: str) -> TuningJob:
    """The job. Raises ResourceNotFound, as DescribeHyperParameterTuningJob's reference names it."""
    job = _jobs.get(region, name)
    if job is None:
        message = f"Amazon SageMaker can't find a tuning job with the name {name}. Provide a valid name."
        raise AwsError("ResourceNotFound", message)
    return job


@answers("DescribeHyperParameterTuningJob")
def _describe(call: Call) -> Params:
    return find(call.region, call.params[NAME]).describe()


@answers("StopHyperParameterTuningJob")
def _stop(call: Call) -> None:
    stop(find(call.region, call.params[NAME]))


@answers("ListHyperParameterTuningJobs")
def _list(call: Call) -> Params:
    lines = [job.summary() for job in _jobs.of(call.region)]
    return page(
        call.params,
        lines,
        "HyperParameterTuningJobSummaries",
        name=NAME,
        status="HyperParameterTuningJobStatus",
    )


@answers("ListTrainingJobsForHyperParameterTuningJob")
def _list_trials(call: Call) -> Params:
    params = call.params
    job = find(call.region, params[NAME])
    lines = [job.summary_of(trial) for trial in list(job.trials)]
    if params.get("SortBy") != "FinalObjectiveMetricValue":
        return page(params, lines, "TrainingJobSummaries", name="TrainingJobName", status="TrainingJobStatus")
    reached = [line for line in lines if "FinalHyperParameterTuningJobObjectiveMetric" in line]
    reached.sort(key=_value, reverse=params.get("SortOrder", "Ascending") == "Descending")
    start, size = int(params.get("NextToken") or 0), params.get("MaxResults") or 10
    answer: Params = {"TrainingJobSummaries": reached[start : start + size]}
    return answer | ({"NextToken": str(start + size)} if start + size < len(reached) else {})


def _value(line: dict[str, Any]) -> float:
    return line["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
