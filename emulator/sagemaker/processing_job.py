"""A processing job: what was asked, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.sagemaker.jobs import Job
from emulator.sagemaker.requests import Params, echo


@dataclass
class ProcessingJob(Job):
    """A job of one program on one instance. ``exit_message``: what the program left of itself."""

    kind = "processing-job"
    named_by = "ProcessingJobName"
    noun = "processing job"
    title = "Processing job"
    event = "SageMaker Processing Job State Change"
    listed = (
        "ProcessingJobName",
        "ProcessingJobArn",
        "CreationTime",
        "ProcessingEndTime",
        "ProcessingJobStatus",
        "FailureReason",
        "ExitMessage",
    )

    exit_message: str | None = None

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
