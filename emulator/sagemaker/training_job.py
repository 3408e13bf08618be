"""A training job: what was asked, and what has become of it."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.sagemaker import images
from emulator.sagemaker.jobs import Job
from emulator.sagemaker.requests import Params, echo

_MESSAGES = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Interrupted": "Managed spot training instances were interrupted",
    "Restarting": "Restarting the training job",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
_BILLED = ("Downloading", "Training", "Uploading")
SPOT_SHARE = 0.3
"""Of the time on spot instances, what is billed here. AWS's discount varies; it says "up to 90 %"."""


@dataclass
class TrainingJob(Job):
    """A job of one program on one or several instances.

    metrics: the last value of each, and when it was logged. transitions: SecondaryStatusTransitions.
    interrupted: set when AWS takes spot instances away. tuning_job_arn: of what this is a trial.
    """

    kind = "training-job"
    named_by = "TrainingJobName"
    noun = "training job"
    title = "Training job"
    event = "SageMaker Training Job State Change"
    listed = (
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    )

    secondary: str = "Starting"
    artifacts: str | None = None
    metrics: dict[str, tuple[float, datetime]] = field(default_factory=dict[str, tuple[float, datetime]])
    transitions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    interrupted: threading.Event = field(default_factory=threading.Event)
    tuning_job_arn: str | None = None

    @property
    def is_spot(self) -> bool:
        """Whether AWS may take the instances away."""
        return bool(self.request.get("EnableManagedSpotTraining"))

    @property
    def metric_definitions(self) -> list[Params]:
        """The request's, or those that come with one of AWS's own algorithms."""
        algorithm = self.request["AlgorithmSpecification"]
        built_in = images.built_in(algorithm.get("TrainingImage"))
        if built_in:
            return [{"Name": name, "Regex": regex} for name, regex in built_in.metrics]
        return algorithm.get("MetricDefinitions") or []

    def enter(self, status: str, failure_reason: str | None, secondary: str | None) -> None:
        """The change of state, and a transition of its secondary status, which is ``status`` if not given."""
        super().enter(status, failure_reason, secondary)
        secondary = secondary or status
        if self.transitions:
            self.transitions[-1]["EndTime"] = self.modified
        message = _MESSAGES[secondary]
        if self.failure_reason:
            message = f"{message}: {self.failure_reason}"[:1024]
        transition = {"Status": secondary, "StartTime": self.modified, "StatusMessage": message}
        if self.ended:
            transition["EndTime"] = self.ended
        self.transitions.append(transition)
        self.secondary = secondary
        if secondary == "Training" and self.started is None:
            self.started = self.modified

    def describe(self) -> Params:
        """DescribeTrainingJob's answer."""
        with self.lock:
            answer: Params = {
                "EnableNetworkIsolation": False,
                "EnableInterContainerTrafficEncryption": False,
                "EnableManagedSpotTraining": False,
                **echo(self.request),
                "TrainingJobArn": self.arn,
                "TrainingJobStatus": self.status,
                "SecondaryStatus": self.secondary,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "SecondaryStatusTransitions": [dict(transition) for transition in self.transitions],
            }
            if self.metric_definitions:
                answer["AlgorithmSpecification"] = {
                    **answer["AlgorithmSpecification"],
                    "MetricDefinitions": self.metric_definitions,
                }
            if self.tuning_job_arn:
                answer["TuningJobArn"] = self.tuning_job_arn
            if self.failure_reason:
                answer["FailureReason"] = self.failure_reason
            if self.artifacts:
                answer["ModelArtifacts"] = {"S3ModelArtifacts": self.artifacts}
            if self.metrics:
                answer["FinalMetricDataList"] = [
                    {"MetricName": name, "Value": value, "Timestamp": moment}
                    for name, (value, moment) in self.metrics.items()
                ]
            answer |= self._times()
            return answer

    def _times(self) -> Params:
        times: Params = {}
        if self.started:
            times["TrainingStartTime"] = self.started
            if self.ended:
                spent = sum(
                    (step["EndTime"] - step["StartTime"]).total_seconds()
                    for step in self.transitions
                    if step["Status"] in _BILLED
                )
                seconds = max(1, math.ceil(spent))
                billable = math.ceil(seconds * SPOT_SHARE) if self.is_spot else seconds
                times |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": billable}
        if self.ended:
            times["TrainingEndTime"] = self.ended
        return times
