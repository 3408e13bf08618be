"""Takes a training job through its states; the programs are real processes under the container contract."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator import clock
from emulator.sagemaker import containers, disturbances, jobs, objects, training_program
from emulator.sagemaker.jobs import NO_CAPACITY, STARTING_SECONDS, JobFailed, JobStopped
from emulator.sagemaker.requests import Params, now
from emulator.sagemaker.roles import RoleSession, split_s3, why
from emulator.sagemaker.training_cluster import LOG_GROUP, Cluster, Instance
from emulator.sagemaker.training_job import TrainingJob
from emulator.sagemaker.training_program import Program

log = logging.getLogger("emulator.sagemaker")


class Interrupted(Exception):
    """AWS took the spot instances away."""


class InternalError(JobFailed):
    """SageMaker's own fault, which RetryStrategy is for."""

    def __init__(self) -> None:
        super().__init__("InternalServerError: We encountered an internal error. Please try again.")


def start(job: TrainingJob) -> None:
    """Run the job in a thread of its own."""
    jobs.start(job, lambda scratch: _Run(job, scratch).run())


class _Run:
    def __init__(self, job: TrainingJob, scratch: Path) -> None:
        self.job = job
        self.request: Params = job.request
        self.scratch = scratch
        self.session = RoleSession(self.request["RoleArn"], job.region)
        self._metrics = [(one["Name"], re.compile(one["Regex"])) for one in job.metric_definitions]
        limits = self.request.get("StoppingCondition") or {}
        self._left: float = limits.get("MaxRuntimeInSeconds", 86400)
        self._give_up = time.monotonic() + limits.get("MaxWaitTimeInSeconds", float("inf"))

    def run(self) -> None:
        """Attempt until one ends the job; an interruption starts another, as an internal error may."""
        retries = (self.request.get("RetryStrategy") or {}).get("MaximumRetryAttempts", 0)
        for attempt in count(1):
            try:
                self._attempt(self.scratch / str(attempt))
                return
            except Interrupted:
                self.job.move("InProgress", secondary="Interrupted")
            except InternalError:
                if retries == 0:
                    raise
                retries -= 1
                self.job.move("InProgress", secondary="Restarting")

    def _attempt(self, base: Path) -> None:
        self.job.move("InProgress", secondary="Starting")
        self._acquire()
        image = self.request["AlgorithmSpecification"].get("TrainingImage")
        jobs.pull(self.job, image, self.session, "training")
        self.job.move("InProgress", secondary="Downloading")
        cluster = Cluster(self.request, self.session, self.job.region, base)
        for layout in cluster.layouts:
            layout.create(self.request)
        for channel in self.request.get("InputDataConfig") or []:
            self._download(channel, cluster)
        program = training_program.of(self.request)
        self.job.move("InProgress", secondary="Training")
        stopped = self._train(cluster, program, base)
        layout = cluster.gather()
        if not stopped or any(layout.model.iterdir()):
            self.job.move("Stopping" if stopped else "InProgress", secondary="Uploading")
            self._upload(layout.model, layout.output_data)
        if stopped:
            raise stopped

    def _acquire(self) -> None:
        """Wait for instances. Spot capacity that never comes ends in MaxWaitTimeExceeded."""
        if disturbances.strikes(self.job.name, "internal"):
            raise InternalError
        if disturbances.strikes(self.job.name, "capacity"):
            if not self.job.is_spot:
                raise JobFailed(NO_CAPACITY)
            if self.job.stop_asked.wait(max(0.0, self._give_up - time.monotonic())):
                raise JobStopped
        if clock.sleep(STARTING_SECONDS, self.job.stop_asked):
            raise JobStopped
        if time.monotonic() >= self._give_up:
            raise JobStopped("MaxWaitTimeExceeded")

    def _download(self, channel: Params, cluster: Cluster) -> None:
        source = channel["DataSource"]["S3DataSource"]
        s3 = self.session.client("s3")
        distribution = source.get("S3DataDistributionType", "FullyReplicated")
        try:
            found = objects.source_objects(s3, source["S3Uri"], source["S3DataType"])
            for position, layout in enumerate(cluster.layouts):
                folder = layout.data / channel["ChannelName"]
                folder.mkdir()
                own = objects.shard(found, distribution, position, len(cluster.layouts))
                objects.bring(s3, own, folder)
        except ValueError as error:
            raise JobFailed(f"ClientError: {error}") from error
        except ClientError as error:
            raise JobFailed(f"ClientError: Data download failed:{why(error)}") from error

    def _train(self, cluster: Cluster, program: Program, base: Path) -> JobStopped | None:
        """Run the program; None when it ended well, else why it was stopped."""
        self.job.interrupted.clear()
        try:
            if not program.is_built_in:
                for layout in cluster.layouts:
                    training_program.bring_code(self.request, self.session, layout, base)
            cluster.bring_checkpoints()
            began = time.monotonic()
            cluster.start(program, self._note)
            stopped = self._watch(cluster, began)
            failed = cluster.failed() if stopped is None else None
        finally:
            cluster.end()
        self._publish_metrics()
        if failed:
            raise JobFailed(_algorithm_error(program, failed))
        return stopped

    def _watch(self, cluster: Cluster, began: float) -> JobStopped | None:
        deadline = began + self._left
        while not cluster.is_done() and not cluster.failed():
            if self.job.stop_asked.wait(0.05):
                return JobStopped()
            moment = time.monotonic()
            if moment > deadline:
                return JobStopped("MaxRuntimeExceeded")
            if moment > self._give_up:
                return JobStopped("MaxWaitTimeExceeded")
            if self.job.interrupted.is_set():
                self._left -= moment - began
                raise Interrupted
        return None

    def _note(self, line: str) -> None:
        for name, pattern in self._metrics:
            match = pattern.search(line)
            if match and match.groups():
                self._record(name, match.group(1))

    def _record(self, name: str, text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            log.warning("%s: metric %s is no number: %r", self.job.name, name, text)
            return
        with self.job.lock:
            self.job.metrics[name] = (value, now())

    def _publish_metrics(self) -> None:
        data = [
            {
                "MetricName": name,
                "Dimensions": [{"Name": "TrainingJobName", "Value": self.job.name}],
                "Value": value,
                "Timestamp": moment,
            }
            for name, (value, moment) in self.job.metrics.items()
        ]
        if not data:
            return
        try:
            self.session.client("cloudwatch").put_metric_data(Namespace=LOG_GROUP, MetricData=data)
        except ClientError as error:
            log.warning("no metrics from %s: %s", self.job.name, error)

    def _upload(self, model_folder: Path, output_folder: Path) -> None:
        output = self.request["OutputDataConfig"]
        bucket, prefix = split_s3(f"{output['S3OutputPath'].rstrip('/')}/{self.job.name}/output/")
        encryption = objects.encryption(output.get("KmsKeyId"))
        put: Callable[..., Any] = self.session.client("s3").put_object
        try:
            model = containers.pack(model_folder)
            put(Bucket=bucket, Key=f"{prefix}model.tar.gz", Body=model, **encryption)
            if any(output_folder.iterdir()):
                data = containers.pack(output_folder)
                put(Bucket=bucket, Key=f"{prefix}output.tar.gz", Body=data, **encryption)
        except ClientError as error:
            raise JobFailed(f"ClientError: Artifact upload failed:{why(error)}") from error
        with self.job.lock:
            self.job.artifacts = f"s3://{bucket}/{prefix}model.tar.gz"


def _algorithm_error(program: Program, instance: Instance) -> str:
    """In the words of AWS's toolkit; its own algorithms leave with 2 where the customer is at fault."""
    assert instance.process is not None
    code, left = instance.process.returncode, instance.layout.failure_text()
    if not left:
        lines = "\n".join(instance.tail)[-600:]
        left = (
            f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage "{lines}"\n'
            f'Command "python {program.name}"'
        )
    side = "ClientError" if program.is_built_in and code == 2 else "AlgorithmError"
    return f"{side}: {left[:900]}, exit code: {abs(code)}"
