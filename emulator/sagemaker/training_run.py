"""Runs a training job's script for real, in a process of its own, under the container contract."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from botocore.exceptions import ClientError

from emulator import clock
from emulator.sagemaker import containers, processes, training_layout
from emulator.sagemaker.journal import Journal, follow
from emulator.sagemaker.requests import Params, now
from emulator.sagemaker.roles import RoleSession, download, split_s3, why
from emulator.sagemaker.training_job import TrainingJob
from emulator.sagemaker.training_layout import Layout

log = logging.getLogger("emulator.sagemaker")
STARTING_SECONDS = 30
"""AWS seconds until an instance is there."""
STOP_GRACE_SECONDS = 2.0
"""Real seconds between SIGTERM and SIGKILL; AWS gives 120."""
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


class JobFailed(Exception):
    """The job ends Failed with this reason."""


class JobStopped(Exception):
    """StopTrainingJob, or the job ran out of time; ``secondary`` says which."""

    def __init__(self, secondary: str = "Stopped") -> None:
        super().__init__(secondary)
        self.secondary = secondary


def run(job: TrainingJob) -> None:
    """Take the job from Starting to its end; whatever goes wrong becomes its FailureReason."""
    base = Path(tempfile.mkdtemp(prefix="training-"))
    try:
        _Run(job, base).run()
        job.move("Completed", "Completed")
    except JobStopped as stopped:
        job.move(stopped.secondary, "Stopped")
    except JobFailed as failure:
        job.move("Failed", "Failed", str(failure)[:1024])
    except Exception as error:
        log.exception("training job %s broke the emulator", job.name)
        job.move("Failed", "Failed", f"InternalServerError: emulator: {error!r}"[:1024])
    finally:
        shutil.rmtree(base, ignore_errors=True)


class _Run:
    def __init__(self, job: TrainingJob, base: Path) -> None:
        self.job = job
        self.request: Params = job.request
        self.layout = Layout(base / "opt" / "ml")
        self.scratch = base
        self.session = RoleSession(self.request["RoleArn"], job.region)
        self._metrics = [
            (definition["Name"], re.compile(definition["Regex"]))
            for definition in self.request["AlgorithmSpecification"].get("MetricDefinitions") or []
        ]
        self._tail: list[str] = []

    def run(self) -> None:
        self.job.move("Starting")
        self._wait(STARTING_SECONDS)
        self._pull()
        self.job.move("Downloading")
        self.layout.create(self.request)
        for channel in self.request.get("InputDataConfig") or []:
            self._download(channel)
        self.job.move("Training")
        stopped = self._train()
        if not stopped or any(self.layout.model.iterdir()):
            self.job.move("Uploading", "Stopping" if stopped else "InProgress")
            self._upload()
        if stopped:
            raise stopped

    def _pull(self) -> None:
        image = self.request["AlgorithmSpecification"].get("TrainingImage")
        refusal = containers.refusal(image)
        if refusal:
            raise JobFailed(f"ClientError: Cannot run the training image: {refusal}")
        missing = self.session.missing_to_pull(image)
        if missing:
            log.warning("%s: the role lacks %s on %s", self.job.name, missing, image)
            raise JobFailed(
                "ClientError: Cannot pull algorithm container. Either the image does not exist or its "
                "permissions are incorrect."
            )

    def _wait(self, aws_seconds: float) -> None:
        if clock.sleep(aws_seconds, self.job.stop_asked):
            raise JobStopped

    def _download(self, channel: Params) -> None:
        source = channel["DataSource"]["S3DataSource"]
        s3 = self.session.client("s3")
        target = self.layout.data / channel["ChannelName"]
        target.mkdir()
        try:
            for url, name in _objects(s3, source):
                download(s3, url, target / name)
        except ClientError as error:
            raise JobFailed(f"ClientError: Data download failed:{why(error)}") from error

    def _train(self) -> JobStopped | None:
        """Run the script; None when it ended well, else why it was stopped."""
        stream = f"{self.job.name}/{training_layout.HOST}-{int(time.time())}"
        journal = Journal(self.session, LOG_GROUP, stream)
        try:
            program = self._code()
            process = self._start(program)
            reader = follow(cast(IO[bytes], process.stdout), journal.write, self._note)
            stopped = self._watch(process)
            reader.join(timeout=10)
        finally:
            journal.close()
        self._publish_metrics()
        if stopped is None and process.returncode != 0:
            raise JobFailed(self._algorithm_error(program, process.returncode))
        return stopped

    def _code(self) -> str:
        program, submit_directory = training_layout.script_mode(self.request)
        if not program or not submit_directory:
            raise JobFailed(
                "AlgorithmError: the scikit-learn image needs the hyperparameters sagemaker_program and "
                "sagemaker_submit_directory, exit code: 1"
            )
        try:
            if str(submit_directory).startswith("s3://"):
                archive = self.scratch / "sourcedir.tar.gz"
                download(self.session.client("s3"), submit_directory, archive)
                containers.unpack(archive, self.layout.code)
        except (ClientError, tarfile.TarError) as error:
            reason = why(error) if isinstance(error, ClientError) else str(error)
            raise JobFailed(
                f"AlgorithmError: framework error: cannot get {submit_directory}: {reason}, exit code: 1"
            ) from error
        if not (self.layout.code / program).is_file():
            raise JobFailed(f"AlgorithmError: {program} is not in {submit_directory}, exit code: 1")
        return program

    def _start(self, program: str) -> subprocess.Popen[bytes]:
        environment = containers.base_environment(self.job.region)
        environment |= training_layout.variables(self.layout, self.request, self.job.region)
        if not self.request.get("EnableNetworkIsolation"):
            environment |= self.session.environment()
        arguments = training_layout.arguments(training_layout.user_parameters(self.request))
        command = [sys.executable, program, *arguments]
        return processes.start(command, environment=environment, folder=self.layout.code)

    def _watch(self, process: subprocess.Popen[bytes]) -> JobStopped | None:
        limit = self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86400)
        deadline = time.monotonic() + limit
        while process.poll() is None:
            if self.job.stop_asked.wait(0.05):
                processes.end(process, STOP_GRACE_SECONDS)
                return JobStopped()
            if time.monotonic() > deadline:
                processes.end(process, STOP_GRACE_SECONDS)
                return JobStopped("MaxRuntimeExceeded")
        processes.end(process)
        return None

    def _note(self, line: str) -> None:
        self._tail = [*self._tail[-19:], line]
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

    def _algorithm_error(self, program: str, code: int) -> str:
        left = self.layout.failure_text()
        if not left:
            lines = "\n".join(self._tail)[-600:]
            left = (
                f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage "{lines}"\n'
                f'Command "python {program}"'
            )
        return f"AlgorithmError: {left[:900]}, exit code: {abs(code)}"

    def _upload(self) -> None:
        output = self.request["OutputDataConfig"]
        bucket, prefix = split_s3(f"{output['S3OutputPath'].rstrip('/')}/{self.job.name}/output/")
        encryption: dict[str, Any] = {}
        if output.get("KmsKeyId"):
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": output["KmsKeyId"]}
        put: Callable[..., Any] = self.session.client("s3").put_object
        try:
            model = containers.pack(self.layout.model)
            put(Bucket=bucket, Key=f"{prefix}model.tar.gz", Body=model, **encryption)
            if any(self.layout.output_data.iterdir()):
                data = containers.pack(self.layout.output_data)
                put(Bucket=bucket, Key=f"{prefix}output.tar.gz", Body=data, **encryption)
        except ClientError as error:
            raise JobFailed(f"ClientError: Artifact upload failed:{why(error)}") from error
        with self.job.lock:
            self.job.artifacts = f"s3://{bucket}/{prefix}model.tar.gz"


def _objects(s3: Any, source: Params) -> list[tuple[str, str]]:
    """(address, name in the channel's folder) of every object that the source names."""
    bucket, prefix = split_s3(source["S3Uri"])
    if source["S3DataType"] == "ManifestFile":
        raise JobFailed("ClientError: the emulator reads S3Prefix sources only, not ManifestFile")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for answer in pages for item in answer.get("Contents", ())]
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    if f"{prefix}/" in {key[: len(prefix) + 1] for key in keys}:
        folder = f"{prefix}/"
    return [
        (f"s3://{bucket}/{key}", key[len(folder) :] if folder != "/" else key)
        for key in keys
        if not key.endswith("/")
    ]


def start(job: TrainingJob) -> None:
    """Run the job in a thread of its own."""
    threading.Thread(target=run, args=(job,), daemon=True, name=f"training {job.name}").start()
