"""Runs a processing job's program for real, in a process of its own; SAGEMAKER_BASE_DIR is its /opt/ml."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import IO, cast

from botocore.exceptions import ClientError

from emulator.sagemaker import containers, jobs, objects, processes
from emulator.sagemaker.jobs import JobFailed, JobStopped
from emulator.sagemaker.journal import Journal, follow
from emulator.sagemaker.processing_job import ProcessingJob
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession, why

STOP_GRACE_SECONDS = 2.0
"""Real seconds between SIGTERM and SIGKILL; AWS gives 120."""
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
HOST = "algo-1"
_PYTHON = ("python", "python3")
MESSAGE_LIMIT = 1024


def start(job: ProcessingJob) -> None:
    """Run the job in a thread of its own."""
    jobs.start(job, lambda scratch: _Run(job, scratch / "opt" / "ml").run())


class _Run:
    def __init__(self, job: ProcessingJob, base: Path) -> None:
        self.job, self.base = job, base
        self.request: Params = job.request
        self.session = RoleSession(self.request["RoleArn"], job.region)

    def run(self) -> None:
        """Bring image and inputs, run the program, send the outputs. Raises JobFailed, JobStopped."""
        jobs.acquire(self.job)
        jobs.pull(self.job, self.request["AppSpecification"]["ImageUri"], self.session, "processing")
        self._layout()
        for one in self.request.get("ProcessingInputs") or ():
            self._download(one["S3Input"])
        self.job.begins()
        code = self._process()
        message = self.base / "output" / "message"
        if message.is_file():
            self.job.exit_message = message.read_text(errors="replace")[:MESSAGE_LIMIT]
        if code != 0:
            raise JobFailed("AlgorithmError: See job logs for more information")
        for one in self._outputs():
            self._upload(one["S3Output"])

    def _layout(self) -> None:
        config = self.base / "config"
        config.mkdir(parents=True)
        cluster = self.request["ProcessingResources"]["ClusterConfig"]
        resources = {"current_host": HOST, "hosts": [HOST], "current_instance_type": cluster["InstanceType"]}
        (config / "resourceconfig.json").write_text(json.dumps(resources))
        (config / "processingjobconfig.json").write_text(json.dumps(self.request, default=str))
        (self.base / "output").mkdir()
        for one in self._outputs():
            self._local(one["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)

    def _outputs(self) -> list[Params]:
        return (self.request.get("ProcessingOutputConfig") or {}).get("Outputs") or []

    def _local(self, path: str) -> Path:
        return Path(containers.below(self.base, path))

    def _download(self, source: Params) -> None:
        s3 = self.session.client("s3")
        try:
            found = objects.source_objects(s3, source["S3Uri"], source["S3DataType"])
            if not found:
                raise JobFailed(
                    "ClientError: Failed to download data. No S3 objects found under S3 URL "
                    f'"{source["S3Uri"]}" given in input data source.'
                )
            objects.bring(s3, found, self._local(source["LocalPath"]))
        except ValueError as error:
            raise JobFailed(f"ClientError: {error}") from error
        except ClientError as error:
            raise JobFailed(f"ClientError: Data download failed:{why(error)}") from error

    def _process(self) -> int:
        """The exit code of the program."""
        journal = Journal(self.session, LOG_GROUP, f"{self.job.name}/{HOST}-{int(time.time())}")
        try:
            process = processes.start(self._command(), environment=self._environment(), folder=self.base)
            reader = follow(cast(IO[bytes], process.stdout), journal.write)
            limit = (self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", 86400)
            deadline = time.monotonic() + limit
            is_over = False
            while process.poll() is None and not is_over:
                is_over = self.job.stop_asked.wait(0.05) or time.monotonic() > deadline
            processes.end(process, STOP_GRACE_SECONDS)
            reader.join(timeout=10)
        finally:
            journal.close()
        if is_over:
            raise JobStopped
        return process.returncode

    def _command(self) -> list[str]:
        application = self.request["AppSpecification"]
        words = [
            *(application.get("ContainerEntrypoint") or ()),
            *(application.get("ContainerArguments") or ()),
        ]
        if not words or Path(words[0]).name not in _PYTHON:
            raise JobFailed(
                "ClientError: the emulator runs programs that ContainerEntrypoint starts with python3"
            )
        return [sys.executable, *(containers.below(self.base, word) for word in words[1:])]

    def _environment(self) -> dict[str, str]:
        asked = self.request.get("Environment") or {}
        isolated = (self.request.get("NetworkConfig") or {}).get("EnableNetworkIsolation")
        return {
            **containers.base_environment(self.job.region),
            "SAGEMAKER_BASE_DIR": str(self.base),
            "PROCESSING_JOB_NAME": self.job.name,
            **({} if isolated else self.session.environment()),
            **{name: containers.below(self.base, value) for name, value in asked.items()},
        }

    def _upload(self, output: Params) -> None:
        key = self.request["ProcessingOutputConfig"].get("KmsKeyId")
        try:
            objects.leave(self.session.client("s3"), self._local(output["LocalPath"]), output["S3Uri"], key)
        except ClientError as error:
            raise JobFailed(f"ClientError: Failed to upload output:{why(error)}") from error
