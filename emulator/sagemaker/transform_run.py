"""Runs a transform job: a real container of the model answers every record; answers become `.out` objects."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from emulator.errors import AwsError
from emulator.sagemaker import jobs, objects, serving
from emulator.sagemaker.jobs import JobFailed, JobStopped
from emulator.sagemaker.journal import Journal
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession, split_s3, why
from emulator.sagemaker.serving import Answer, Container, StartFailed
from emulator.sagemaker.transform_batches import BadRecord, Batch, Processing
from emulator.sagemaker.transform_job import TransformJob

LOG_GROUP = "/aws/sagemaker/TransformJobs"
DEFAULT_PAYLOAD_MB = 6
DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_RETRIES = 3
"""Of MaxPayloadInMB, InvocationsTimeoutInSeconds, InvocationsMaxRetries: CreateTransformJob's reference."""
SEE_LOGS = "See job logs for more information"
_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


def start(job: TransformJob) -> None:
    """Run the job in a thread of its own."""
    jobs.start(job, lambda scratch: _Run(job, scratch).run())


class _NoAnswer(Exception):
    """The container did not answer, however often it was asked."""


class _Refused(Exception):
    """The container answered that it cannot."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _Run:
    def __init__(self, job: TransformJob, scratch: Path) -> None:
        self.job, self._scratch = job, scratch
        self.request: Params = job.request
        self.session = RoleSession(job.model["ExecutionRoleArn"], job.region)
        self._stream = f"{job.name}/{serving.instance_id()}"

    def run(self) -> None:
        """Start the container, have it answer, leave the answers. Raises JobFailed, JobStopped."""
        jobs.acquire(self.job)
        addresses = self._addresses()
        use = serving.Use(
            LOG_GROUP, self._stream, f"transform job {self.job.name}", "transform job", self._environment()
        )
        try:
            container = Container(self.job.model, self.job.region, use)
        except AwsError as error:  # its package was deleted
            raise JobFailed(f"ClientError: {error.message}") from error
        journal = Journal(self.session, LOG_GROUP, f"{self._stream}/data-log")
        try:
            container.start()
            self.job.begins()
            self._transform(container, addresses, journal)
        except StartFailed as failure:
            raise JobFailed(f"ClientError: {failure}") from failure
        finally:
            container.stop()
            journal.close()

    def _environment(self) -> dict[str, str]:
        """The job's own variables, and what the guide's "Custom Inference Code with Batch Transform" lists:
        of what the container may propose, only what the request says.
        """
        told = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.request.get("MaxPayloadInMB"),
            "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES.get(self.request.get("BatchStrategy", "")),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.request.get("MaxConcurrentTransforms"),
        }
        own = self.request.get("Environment") or {}
        return {**own, **{name: str(value) for name, value in told.items() if value}}

    def _addresses(self) -> list[tuple[str, str]]:
        """(address, path below the output's address) of every object."""
        source = self.request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        try:
            found = objects.source_objects(self.session.client("s3"), source)
        except ClientError as error:
            raise JobFailed(f"ClientError: Data download failed:{why(error)}") from error
        if not found:
            raise JobFailed(f'ClientError: No S3 objects found under S3 URL "{source}" given in input data.')
        return found

    def _transform(self, container: Container, found: list[tuple[str, str]], journal: Journal) -> None:
        """Every object; one that fails leaves no output and fails the job, after the others."""
        at_once, processing = self._settings(container)
        strategy = "SINGLE_RECORD" if processing.single else "MULTI_RECORD"
        megabytes = processing.payload_bytes // (1024 * 1024)
        self._say(
            journal,
            f"MaxConcurrentTransforms={at_once}, MaxPayloadInMB={megabytes}, BatchStrategy={strategy}",
        )
        blame = ""
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            for address, path in found:
                place = address.removeprefix("s3://")
                try:
                    batches = processing.batches(self._content(address))
                    futures = [pool.submit(self._ask, container, batch) for batch in batches]
                    output = processing.output(batches, self._gathered(futures, container))
                except BadRecord as fault:
                    blame = blame or "ClientError"
                    self._say(journal, f"{place}: {fault}")
                except _Refused as refused:
                    # Both kinds of words as in the logs that users quote, aws/amazon-sagemaker-examples#1620.
                    is_client = 400 <= refused.answer.status < 500
                    blame = blame or ("ClientError" if is_client else "AlgorithmError")
                    self._say_refusal(journal, place, refused.answer, is_client)
                except _NoAnswer:
                    blame = blame or "AlgorithmError"
                    self._say(journal, f"{place}: Unable to get response from algorithm")
                else:
                    self._leave(path, output)
        if blame:
            raise JobFailed(f"{blame}: {SEE_LOGS}")

    def _settings(self, container: Container) -> tuple[int, Processing]:
        """What the request leaves open, the container may say under /execution-parameters."""
        proposed: Params = {}
        answer = container.request("GET", "/execution-parameters", {}, b"", 10.0)
        if answer.status == 200:
            proposed = json.loads(answer.body)
        at_once = self.request.get("MaxConcurrentTransforms") or proposed.get("MaxConcurrentTransforms") or 1
        payload = self.request.get("MaxPayloadInMB") or proposed.get("MaxPayloadInMB") or DEFAULT_PAYLOAD_MB
        asked = _STRATEGIES.get(self.request.get("BatchStrategy", ""))
        single = (asked or proposed.get("BatchStrategy")) == "SINGLE_RECORD"
        return at_once, Processing.of(self.request, single, payload)

    def _content(self, address: str) -> bytes:
        bucket, key = split_s3(address)
        try:
            return self.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise JobFailed(f"ClientError: Data download failed:{why(error)}") from error

    def _gathered(self, futures: Sequence[Future[bytes]], container: Container) -> list[bytes]:
        """The answers, in order. Raises JobStopped as soon as that is asked for."""
        while not all(future.done() for future in futures):
            if self.job.stop_asked.wait(0.02):
                for future in futures:
                    future.cancel()
                container.stop()
                raise JobStopped
            if any(future.done() and future.exception() for future in futures):
                for future in futures:
                    future.cancel()
                break
        # The first that failed, not one that was cancelled for it.
        return [future.result() for future in sorted(futures, key=lambda one: one.cancelled())]

    def _ask(self, container: Container, batch: Batch) -> bytes:
        client = self.request.get("ModelClientConfig") or {}
        timeout = client.get("InvocationsTimeoutInSeconds", DEFAULT_TIMEOUT_SECONDS)
        headers = {
            "Content-Type": self.request["TransformInput"].get("ContentType", "application/octet-stream")
        }
        if self.request["TransformOutput"].get("Accept"):
            headers["Accept"] = self.request["TransformOutput"]["Accept"]
        for _ in range(1 + client.get("InvocationsMaxRetries", DEFAULT_RETRIES)):
            try:
                answer = container.request("POST", "/invocations", headers, batch.body, float(timeout))
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if not 200 <= answer.status < 300:
                raise _Refused(answer)
            return answer.body
        raise _NoAnswer

    def _leave(self, path: str, output: bytes) -> None:
        asked = self.request["TransformOutput"]
        bucket, prefix = split_s3(asked["S3OutputPath"])
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        try:
            self.session.client("s3").put_object(
                Bucket=bucket,
                Key=f"{start}{path}.out",
                Body=output,
                **objects.encryption(asked.get("KmsKeyId")),
            )
        except ClientError as error:
            raise JobFailed(f"ClientError: Failed to upload output:{why(error)}") from error

    def _say_refusal(self, journal: Journal, place: str, answer: Answer, is_client: bool) -> None:
        if not is_client:
            self._say(journal, f"{place}: Bad HTTP status received from algorithm: {answer.status}")
            return
        self._say(journal, f"{place}: ClientError: {answer.status}")
        self._say(journal, f"{place}: Message:")
        for line in answer.body.decode("utf-8", "replace").splitlines():
            self._say(journal, f"{place}: {line}")

    @staticmethod
    def _say(journal: Journal, text: str) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        journal.write(f"{moment}:[sagemaker logs]: {text}")
