"""A tuning job: what was asked, its trials, and what has become of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.sagemaker.jobs import DONE, Job
from emulator.sagemaker.requests import Params, echo
from emulator.sagemaker.training_job import TrainingJob

NAME = "HyperParameterTuningJobName"


@dataclass
class Trial:
    """A training job of a tuning job, and the point that it tries."""

    job: TrainingJob
    point: dict[str, str]


@dataclass
class TuningJob(Job):
    """A job whose trials are training jobs."""

    kind = "hyper-parameter-tuning-job"
    named_by = NAME
    noun = "tuning job"
    title = "Hyperparameter tuning job"
    event = "SageMaker HyperParameter Tuning Job State Change"
    listed = (
        NAME,
        "HyperParameterTuningJobArn",
        "CreationTime",
        "HyperParameterTuningEndTime",
        "HyperParameterTuningJobStatus",
        "TrainingJobStatusCounters",
        "ObjectiveStatusCounters",
    )

    trials: list[Trial] = field(default_factory=list[Trial])

    @property
    def objective(self) -> Params:
        """Type (Minimize, Maximize) and MetricName."""
        return self.request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]

    def value_of(self, trial: Trial) -> float | None:
        """The objective that a completed trial reached; None without one."""
        found = trial.job.metrics.get(self.objective["MetricName"])
        return found[0] if found and trial.job.status == "Completed" and found[0] == found[0] else None

    def best(self) -> Trial | None:
        """The completed trial with the best objective, the first of equal ones."""
        sign = 1.0 if self.objective["Type"] == "Minimize" else -1.0
        reached = [(trial, self.value_of(trial)) for trial in self.trials]
        scored = [(sign * value, trial) for trial, value in reached if value is not None]
        return min(scored, key=lambda one: one[0])[1] if scored else None

    def summary_of(self, trial: Trial) -> Params:
        """HyperParameterTrainingJobSummary."""
        described = trial.job.describe()
        members = ("CreationTime", "TrainingStartTime", "TrainingEndTime", "FailureReason")
        value = self.value_of(trial)
        line: Params = {
            "TrainingJobName": trial.job.name,
            "TrainingJobArn": trial.job.arn,
            "TrainingJobStatus": described["TrainingJobStatus"],
            "TunedHyperParameters": trial.point,
            "ObjectiveStatus": self._objective_status(trial),
            **{member: described[member] for member in members if member in described},
        }
        if value is not None:
            line["FinalHyperParameterTuningJobObjectiveMetric"] = {**self.objective, "Value": value}
        return line

    def _objective_status(self, trial: Trial) -> str:
        if trial.job.status not in DONE:
            return "Pending"
        return "Failed" if self.value_of(trial) is None else "Succeeded"

    def describe(self) -> Params:
        """DescribeHyperParameterTuningJob's answer."""
        with self.lock:
            best = self.best()
            answer: Params = {
                **echo(self.request),
                "HyperParameterTuningJobArn": self.arn,
                "HyperParameterTuningJobStatus": self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "HyperParameterTuningEndTime": self.ended,
                "FailureReason": self.failure_reason,
                "BestTrainingJob": self.summary_of(best) if best else None,
                **self._counters(),
            }
            answer["TrainingJobDefinition"] = self._definition()
            return {name: value for name, value in answer.items() if value is not None}

    def _definition(self) -> Params:
        static = self.request["TrainingJobDefinition"].get("StaticHyperParameters") or {}
        passed = {"_tuning_objective_metric": self.objective["MetricName"]}
        return {**self.request["TrainingJobDefinition"], "StaticHyperParameters": {**static, **passed}}

    def _counters(self) -> Params:
        statuses = [trial.job.status for trial in self.trials]
        objectives = [self._objective_status(trial) for trial in self.trials]
        return {
            "TrainingJobStatusCounters": {
                "Completed": statuses.count("Completed"),
                "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
                "RetryableError": 0,
                "NonRetryableError": statuses.count("Failed"),
                "Stopped": statuses.count("Stopped"),
            },
            "ObjectiveStatusCounters": {
                status: objectives.count(status) for status in ("Succeeded", "Pending", "Failed")
            },
        }

    def summary(self) -> Params:
        """Its line in ListHyperParameterTuningJobs."""
        config = self.request["HyperParameterTuningJobConfig"]
        told = {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}
        return {**super().summary(), **told}
