"""Runs a tuning job's trials as training jobs, as many at a time as the request allows."""

from __future__ import annotations

import hashlib
import logging
import threading
from typing import NoReturn

from emulator.sagemaker import jobs, tags, training
from emulator.sagemaker.jobs import DONE, JobFailed, JobStopped
from emulator.sagemaker.requests import Params
from emulator.sagemaker.tuning_job import Trial, TuningJob
from emulator.sagemaker.tuning_search import Search, ranges_of

log = logging.getLogger("emulator.sagemaker")
POLL_SECONDS = 0.1
_NOT_OF_A_TRAINING_JOB = (
    "DefinitionName",
    "TuningObjective",
    "HyperParameterRanges",
    "StaticHyperParameters",
)


def trial_request(request: Params, point: dict[str, str], name: str) -> Params:
    """The training job that tries ``point``; checkpoints of each trial lie apart."""
    definition = request["TrainingJobDefinition"]
    objective = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    static = definition.get("StaticHyperParameters") or {}
    trial = {key: value for key, value in definition.items() if key not in _NOT_OF_A_TRAINING_JOB}
    trial["TrainingJobName"] = name
    trial["HyperParameters"] = {**static, **point, "_tuning_objective_metric": objective}
    if trial.get("CheckpointConfig"):
        kept = trial["CheckpointConfig"]
        trial["CheckpointConfig"] = {**kept, "S3Uri": f"{kept['S3Uri'].rstrip('/')}/{name}"}
    return trial


def start(job: TuningJob, trials: int) -> None:
    """Run ``trials`` trials in a thread of its own."""
    jobs.start(job, lambda _: _search(job, trials))


def _search(job: TuningJob, trials: int) -> None:
    config = job.request["HyperParameterTuningJobConfig"]
    seed = config.get("RandomSeed")
    if seed is None:
        seed = int.from_bytes(hashlib.sha256(job.name.encode()).digest()[:4], "big")
    minimize = job.objective["Type"] == "Minimize"
    search = Search(ranges_of(config["ParameterRanges"]), config["Strategy"], trials, seed, minimize)
    if config["Strategy"] == "Bayesian":
        log.warning("%s: strategy Bayesian is a stand-in: random at first, then around the best", job.name)
    told: set[int] = set()
    while True:
        if job.stop_asked.is_set():
            _stop(job)
        running = 0
        for number, trial in enumerate(job.trials):
            if trial.job.status not in DONE:
                running += 1
            elif number not in told:
                told.add(number)
                value = job.value_of(trial)
                if value is not None:
                    search.told(number, value)
        if len(told) == trials:
            break
        if len(job.trials) < trials and running < config["ResourceLimits"]["MaxParallelTrainingJobs"]:
            _begin(job, search.next())
            continue
        job.stop_asked.wait(POLL_SECONDS)
    _end(job)


def _begin(job: TuningJob, point: dict[str, str]) -> None:
    number = len(job.trials) + 1
    mark = hashlib.sha256(f"{job.name} {number} {point}".encode()).hexdigest()[:8]
    request = trial_request(job.request, point, f"{job.name}-{number:03d}-{mark}")
    request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.of(job.arn).items()]
    begun = training.begin(request, job.region, job.arn)
    with job.lock:
        job.trials.append(Trial(begun, point))


def _stop(job: TuningJob) -> NoReturn:
    for trial in job.trials:
        trial.job.halt()
    for trial in job.trials:
        while trial.job.status not in DONE:
            threading.Event().wait(POLL_SECONDS)
    raise JobStopped


def _end(job: TuningJob) -> None:
    """Without a single trial that reached an objective, the whole job has failed."""
    if job.best() is None:
        raise JobFailed(
            "All training jobs failed. Please take a look at the training jobs failures to get more details."
            if all(trial.job.status == "Failed" for trial in job.trials)
            else "No objective metrics found after running the training jobs. Please ensure that the custom "
            "algorithm is emitting the objective metric as defined by the regular expression provided."
        )
