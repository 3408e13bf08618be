"""What all kinds of jobs (training, tuning, …) have in common: states, a register of names, a thread each."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from emulator import clock
from emulator.errors import AwsError
from emulator.sagemaker import disturbances, images, tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, arn, invalid, now
from emulator.sagemaker.roles import RoleSession

log = logging.getLogger("emulator.sagemaker")
DONE = ("Completed", "Failed", "Stopped")
STARTING_SECONDS = 30
"""AWS seconds until an instance is there."""
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
    "instance type."
)
"""The same of all kinds: DIAGNijmegen/rse-grand-challenge#2631 quotes it from transform jobs."""
REASON_LIMIT = 1024
"""Characters of a FailureReason (API reference)."""


class JobFailed(Exception):
    """The job ends Failed; the text is its FailureReason."""


class JobStopped(Exception):
    """The job ends Stopped: it was asked to, or ran out of time; ``secondary`` says which."""

    def __init__(self, secondary: str = "Stopped") -> None:
        super().__init__(secondary)
        self.secondary = secondary


@dataclass
class Job(ABC):
    """State of one job; changed by the thread that runs it, read by anyone under ``lock``.

    Class attributes:
        kind: in ARNs.
        named_by: the request's member that names it, uniquely in account and region.
        noun, title: what AWS's messages call it, and call its kind where they speak of names.
        event: the detail type of what EventBridge is told.
        listed: members of its description that its line in a list has too.
    """

    kind: ClassVar[str]
    named_by: ClassVar[str]
    noun: ClassVar[str]
    title: ClassVar[str]
    event: ClassVar[str]
    listed: ClassVar[tuple[str, ...]]

    request: Params
    region: str
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    status: str = "InProgress"
    failure_reason: str | None = None
    stop_asked: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def name(self) -> str:
        """Unique in account and region."""
        return self.request[self.named_by]

    @property
    def arn(self) -> str:
        """ARN of the job."""
        return self.arn_of(self.region, self.name)

    @classmethod
    def arn_of(cls, region: str, name: str) -> str:
        """ARN of a job of this name, there or not."""
        return arn(region, cls.kind, name)

    def move(self, status: str, failure_reason: str | None = None, secondary: str | None = None) -> None:
        """Enter the next state, and tell EventBridge. ``secondary``: a training job's SecondaryStatus."""
        with self.lock:
            self.enter(status, failure_reason, secondary)
        announce(self.event, {**self.describe(), "Tags": tags.of(self.arn)}, self.arn, self.region)

    def enter(self, status: str, failure_reason: str | None, secondary: str | None) -> None:
        """The change of state itself, under ``lock``."""
        self.modified = now()
        self.status, self.failure_reason = status, failure_reason
        if status in DONE:
            self.ended = self.modified

    def begins(self) -> None:
        """Its container runs."""
        with self.lock:
            self.started = self.modified = now()

    def halt(self) -> None:
        """Ask it to stop; one that has ended, or was asked before, is left alone."""
        with self.lock:
            if self.status not in DONE and not self.stop_asked.is_set():
                self.move("Stopping")
                self.stop_asked.set()

    @abstractmethod
    def describe(self) -> Params:
        """The answer of its Describe operation."""

    def summary(self) -> Params:
        """Its line in the answer of its List operation."""
        with self.lock:
            described = self.describe()
            line = {member: described[member] for member in self.listed if member in described}
            return {**line, "LastModifiedTime": self.modified}


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """Every job of a kind, by region and name."""

    def __init__(self, kind: type[J]) -> None:
        self._kind = kind
        self._jobs: dict[tuple[str, str], J] = {}

    def require_free(self, region: str, name: str) -> None:
        """Raises ResourceInUse for a name that is taken."""
        if (region, name) in self._jobs:
            raise self._taken(region, name)

    def add(self, job: J, request: Params) -> None:
        """Keep it, and the tags of the request. Raises ResourceInUse for a name that is taken."""
        if self._jobs.setdefault((job.region, job.name), job) is not job:
            raise self._taken(job.region, job.name)
        tags.remember(job.arn, request)

    def get(self, region: str, name: str) -> J | None:
        """The job of that name."""
        return self._jobs.get((region, name))

    def of(self, region: str) -> list[J]:
        """Those of a region, oldest first."""
        return [job for job in self.everywhere() if job.region == region]

    def everywhere(self) -> list[J]:
        """Those of all regions, oldest first."""
        return list(self._jobs.values())

    def stop_all(self) -> None:
        """End every job that runs; the emulator is going away."""
        for job in self.everywhere():
            job.stop_asked.set()

    def _taken(self, region: str, name: str) -> AwsError:
        return AwsError(
            "ResourceInUse",
            f"{self._kind.title} names must be unique within an AWS account and region, and a "
            f"{self._kind.noun} with this name already exists ({self._kind.arn_of(region, name)})",
        )


def stop(job: Job) -> None:
    """What the Stop operation does. Raises ValidationException for a job that has ended."""
    with job.lock:
        if job.status in DONE:
            raise invalid(f"The request was rejected because the {job.noun} is in status {job.status}.")
        job.halt()


def start(job: Job, work: Callable[[Path], None]) -> None:
    """Do the work, which is given a folder of its own, in a thread; its end is the job's."""
    name = f"{job.noun} {job.name}"
    threading.Thread(target=_run, args=(job, work), daemon=True, name=name).start()


def _run(job: Job, work: Callable[[Path], None]) -> None:
    """Take the job to its end; whatever goes wrong becomes its FailureReason."""
    scratch = Path(tempfile.mkdtemp(prefix=f"{job.kind}-"))
    try:
        work(scratch)
        job.move("Completed")
    except JobStopped as stopped:
        job.move("Stopped", secondary=stopped.secondary)
    except JobFailed as failure:
        job.move("Failed", str(failure)[:REASON_LIMIT])
    except Exception as error:
        log.exception("%s %s broke the emulator", job.noun, job.name)
        job.move("Failed", f"InternalServerError: emulator: {error!r}"[:REASON_LIMIT])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def acquire(job: Job) -> None:
    """Wait for an instance. Raises JobFailed when there is none, JobStopped."""
    if disturbances.strikes(job.name, "capacity"):
        raise JobFailed(NO_CAPACITY)
    if clock.sleep(STARTING_SECONDS, job.stop_asked):
        raise JobStopped


def pull(job: Job, image: str, session: RoleSession, use: str) -> None:
    """Raises JobFailed for an image that the role may not pull, or that the emulator cannot run.

    use: the word for what it is to do, in the refusal: training, processing.
    """
    refusal = images.refusal(image)
    if refusal:
        raise JobFailed(f"ClientError: Cannot run the {use} image: {refusal}")
    missing = session.missing_to_pull(image)
    if missing:
        log.warning("%s: the role lacks %s on %s", job.name, missing, image)
        raise JobFailed(
            "ClientError: Cannot pull algorithm container. Either the image does not exist or its "
            "permissions are incorrect."
        )
