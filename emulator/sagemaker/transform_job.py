"""A transform job: what was asked, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.sagemaker.jobs import Job
from emulator.sagemaker.requests import Params, echo


@dataclass
class TransformJob(Job):
    """A job that has a model answer every record of some objects.

    model: as it was when the job was made; it may be deleted meanwhile.
    """

    kind = "transform-job"
    named_by = "TransformJobName"
    noun = "transform job"
    title = "Transform job"
    event = "SageMaker Transform Job State Change"
    listed = (
        "TransformJobName",
        "TransformJobArn",
        "CreationTime",
        "TransformEndTime",
        "TransformJobStatus",
        "FailureReason",
    )

    model: Params = field(default_factory=dict[str, object])

    def describe(self) -> Params:
        """DescribeTransformJob's answer."""
        with self.lock:
            answer: Params = {
                **echo(self.request),
                "TransformJobArn": self.arn,
                "TransformJobStatus": self.status,
                "CreationTime": self.created,
                "TransformStartTime": self.started,
                "TransformEndTime": self.ended,
                "FailureReason": self.failure_reason,
            }
            return {name: value for name, value in answer.items() if value is not None}
