"""A processing job: what was asked, and what has become of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from emulator.sagemaker import tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, arn, echo, now

DONE = ("Completed", "Failed", "Stopped")


@dataclass
class ProcessingJob:
    """State of one job; changed by the thread that runs it, read by anyone under ``lock``."""

    request: Params
    region: str
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: str = "InProgress"
    started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None
    exit_message: str | None = None
    stop_asked: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def name(self) -> str:
        """Unique in account and region."""
        return self.request["ProcessingJobName"]

    @property
    def arn(self) -> str:
        """ARN of the job."""
        return arn(self.region, "processing-job", self.name)

    def move(self, status: str, failure_reason: str | None = None) -> None:
        """Enter the next state, and tell EventBridge."""
        with self.lock:
            self.modified = now()
            self.status, self.failure_reason = status, failure_reason
            if status in DONE:
                self.ended = self.modified
        detail = {**self.describe(), "Tags": tags.of(self.arn)}
        announce("SageMaker Processing Job State Change", detail, self.arn, self.region)

    def begins(self) -> None:
        """The container runs."""
        with self.lock:
            self.started = self.modified = now()

    def describe(self) -> Params:
        """DescribeProcessingJob's answer."""
        with self.lock:
            answer: Params = {
                **echo(self.request, "ExperimentConfig"),
                "ProcessingJobArn": self.arn,
                "ProcessingJobStatus": self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "ProcessingStartTime": self.started,
                "ProcessingEndTime": self.ended,
                "FailureReason": self.failure_reason,
                "ExitMessage": self.exit_message,
            }
            return {name: value for name, value in answer.items() if value is not None}

    def summary(self) -> Params:
        """Its line in ListProcessingJobs."""
        members = (
            "ProcessingJobName",
            "ProcessingJobArn",
            "CreationTime",
            "ProcessingEndTime",
            "LastModifiedTime",
            "ProcessingJobStatus",
            "FailureReason",
            "ExitMessage",
        )
        described = self.describe()
        return {member: described[member] for member in members if member in described}
