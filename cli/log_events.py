"""Log events of a model: its endpoint's, its newest training job's, or those of one of the functions."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from cli.exit_codes import WrongWords
from cli.session import CommandError, NotDeployed, Session
from sagemaker_lifecycle import names

# Where SageMaker writes: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html.
ENDPOINT_GROUP = "/aws/sagemaker/Endpoints/"
TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
_WITH_FUNCTIONS = ("inference", "training", "observability")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def minutes(text: str) -> int:
    """The minutes of `30m`, `2h` or `7d`; raises WrongWords for anything else."""
    if not (found := re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)):
        raise WrongWords(f"{text!r} is no time; allowed: 30m, 2h, 7d and the like")
    return int(found[1]) * _MINUTES[found[2]]


def read(session: Session, model: str, of: str, since_minutes: int) -> list[dict[str, Any]]:
    """The events of the last minutes, oldest first: at (ISO 8601, UTC), stream, message.

    of: `endpoint`, `training`, or part of a function's name in one of the environment's stacks.
    Raises WrongWords for another `of`, NotDeployed, and CommandError without such a log or a training job.
    """
    if of == "endpoint":
        return _events(
            session, ENDPOINT_GROUP + names.endpoint_name(session.environment, model), since_minutes
        )
    if of == "training":
        stream = f"{_newest_job(session, model)}/"
        return _events(session, TRAINING_GROUP, since_minutes, logStreamNamePrefix=stream)
    return _events(session, _function_group(session, of), since_minutes)


def _events(session: Session, group: str, since_minutes: int, **more: str) -> list[dict[str, Any]]:
    logs = session.client("logs")
    start = int((time.time() - since_minutes * 60) * 1000)
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start, **more)
        found = [event for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException as error:
        raise CommandError(f"there is no log {group}: nothing has run yet") from error
    return [
        {
            "at": datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(timespec="milliseconds"),
            "stream": event.get("logStreamName", ""),
            "message": event["message"].rstrip(),
        }
        for event in sorted(found, key=lambda event: event["timestamp"])
    ]


def _newest_job(session: Session, model: str) -> str:
    """Name of the newest training job, or trial of a tuning job."""
    of = session.environment, model
    found = [
        *_jobs(session, names.training_job_prefix(*of), names.training_job_pattern(*of)),
        *_jobs(session, names.tuning_prefix(*of), names.tuning_trial_pattern(*of)),
    ]
    if not found:
        raise CommandError(f"{model} has no training job yet")
    return max(found, key=lambda job: job["CreationTime"])["TrainingJobName"]


def _jobs(session: Session, part: str, pattern: str) -> list[Any]:
    """The newest job whose name has that part and is the pattern's; [] when there is none."""
    pages = (
        session.client("sagemaker")
        .get_paginator("list_training_jobs")
        .paginate(NameContains=part, SortBy="CreationTime", SortOrder="Descending")
    )
    jobs = (job for page in pages for job in page["TrainingJobSummaries"])
    return list(islice((job for job in jobs if re.fullmatch(pattern, job["TrainingJobName"])), 1))


def _function_group(session: Session, of: str) -> str:
    found = _functions(session)
    wanted = re.sub(r"[^a-z0-9]", "", of.lower())
    matching = [function for logical, function in found.items() if wanted and wanted in logical.lower()]
    if len(matching) != 1:
        problem = "several functions have a name like it" if matching else "there is no such log"
        # Without the hash that the CDK puts at their ends.
        known = sorted(re.sub(r"[0-9A-F]{8}$", "", logical) for logical in found)
        raise WrongWords(
            f"--of {of}: {problem}; allowed: endpoint, training, "
            f"or part of the name of one function: {', '.join(known)}"
        )
    configuration = session.client("lambda").get_function_configuration(FunctionName=matching[0])
    return configuration["LoggingConfig"]["LogGroup"]


def _functions(session: Session) -> dict[str, str]:
    """The environment's functions by their logical ids. Raises NotDeployed where there are none."""
    found: dict[str, str] = {}
    missing: list[NotDeployed] = []
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    for name in _WITH_FUNCTIONS:
        stack = names.stack_name(session.environment, name)
        try:
            with session.asking_for(stack):
                for page in pages.paginate(StackName=stack):
                    for resource in page["StackResourceSummaries"]:
                        if resource["ResourceType"] == "AWS::Lambda::Function":
                            found[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
        except NotDeployed as error:
            missing.append(error)
    if missing and not found:
        raise missing[0]
    return found
