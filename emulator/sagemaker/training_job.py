"""A training job: what was asked, and what has become of it."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.sagemaker import images, tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, arn, echo, now

DONE = ("Completed", "Failed", "Stopped")
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
class TrainingJob:
    """State of one job; changed by the thread that runs it, read by anyone under ``lock``."""

    request: Params
    region: str
    created: datetime = field(default_factory=now)
    status: str = "InProgress"
    secondary: str = "Starting"
    modified: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None
    artifacts: str | None = None
    metrics: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    stop_asked: threading.Event = field(default_factory=threading.Event)
    interrupted: threading.Event = field(default_factory=threading.Event)
    tuning_job_arn: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def name(self) -> str:
        """Unique in account and region."""
        return self.request["TrainingJobName"]

    @property
    def arn(self) -> str:
        """ARN of the job."""
        return arn(self.region, "training-job", self.name)

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

    def move(self, secondary: str, status: str = "InProgress", failure_reason: str | None = None) -> None:
        """Enter the next state, and tell EventBridge."""
        with self.lock:
            moment = now()
            if self.transitions:
                self.transitions[-1]["EndTime"] = moment
            message = _MESSAGES[secondary]
            if failure_reason:
                message = f"{message}: {failure_reason}"[:1024]
            transition = {"Status": secondary, "StartTime": moment, "StatusMessage": message}
            if status in DONE:
                transition["EndTime"] = moment
                self.ended = moment
            self.transitions.append(transition)
            self.status, self.secondary, self.modified = status, secondary, moment
            self.failure_reason = failure_reason
            if secondary == "Training" and self.started is None:
                self.started = moment
        detail = self.describe()
        if tags.of(self.arn):
            detail["Tags"] = tags.of(self.arn)
        announce("SageMaker Training Job State Change", detail, self.arn, self.region)

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

    def summary(self) -> Params:
        """Its line in ListTrainingJobs."""
        with self.lock:
            line: Params = {
                "TrainingJobName": self.name,
                "TrainingJobArn": self.arn,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "TrainingJobStatus": self.status,
                "SecondaryStatus": self.secondary,
            }
            if self.ended:
                line["TrainingEndTime"] = self.ended
            return line
