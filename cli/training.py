"""Training a model: its data uploaded, its state machine run and followed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli import training_progress
from cli.session import CommandError, NotDeployed, Session, models_folder
from handler_common import aws_errors
from handler_common.ledger import version
from sagemaker_lifecycle import names
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.local_data import local_data_files

EXISTING_JOB = "ExistingJob"
"""The state in which an execution waits for, and then judges, a job that was started before."""
TRAIN = "Train"
"""The state that starts a job; after the other one it starts another attempt."""


NO_DATA = "NoTrainingData"
"""How the machine calls its failure where nothing to train on is stored."""


class NoTrainingData(CommandError):
    """The training failed because nothing to train on is stored."""


@dataclass(frozen=True)
class Trained:
    """How one execution ended: the job, the numbers that the gate was told, and the registered package.

    fresh: False when the job had been run before, on the same data and code, so that nothing was trained.
    """

    fresh: bool
    job: str
    metrics: dict[str, float]
    package: str
    status: str
    reason: str
    data: dict[str, Any]


def upload(session: Session, model: ModelSpec) -> list[str]:
    """Copy the CSV files of a local source to the data bucket; answers their S3 URIs.

    Raises CommandError for a model whose data is not local, or a folder without CSV files.
    """
    if model.source.type != "local":
        raise CommandError(f"{model.name}: its data is in {model.source.type}, there is nothing to upload")
    files = local_data_files(models_folder(), model)
    if not files:
        raise CommandError(f"{models_folder() / model.name / model.source.local_path}: no .csv file in it")
    bucket = session.output("foundation", "DataBucketName")
    return [_put(session, bucket, names.data_prefix(model.name), file) for file in files]


def _put(session: Session, bucket: str, prefix: str, file: Path) -> str:
    key = f"{prefix}{file.name}"
    # The checksum tells that the same bytes are no new data; under a KMS key the ETag does not.
    told = {"ContentType": "text/csv", "ChecksumAlgorithm": "SHA256"}
    session.client("s3").upload_file(str(file), bucket, key, ExtraArgs=told)
    return f"s3://{bucket}/{key}"


def state_machine_arn(session: Session, model: str) -> str:
    """ARN of the model's training state machine in the caller's account and region."""
    # arn:PARTITION:sts::ACCOUNT:...: China and GovCloud are partitions of their own.
    _, partition, _, _, account, *_ = session.client("sts").get_caller_identity()["Arn"].split(":")
    name = names.state_machine_name(session.environment, model)
    return f"arn:{partition}:states:{session.region}:{account}:stateMachine:{name}"


def start(session: Session, model: ModelSpec, *, force: bool = False) -> str:
    """Start the training; answers the execution's ARN. ``force`` trains again on data already trained on.

    Raises NotDeployed when the model has no state machine.
    """
    arn = state_machine_arn(session, model.name)
    try:
        answer = session.client("stepfunctions").start_execution(
            stateMachineArn=arn, input=json.dumps({"force": force})
        )
    except ClientError as error:
        if aws_errors.code(error) == "StateMachineDoesNotExist":
            raise NotDeployed(
                f"the training of {model.name} is not deployed: {session.how_to_deploy}"
            ) from error
        raise
    return answer["executionArn"]


def follow(session: Session, execution: str, tell: Callable[[str], None]) -> Trained:
    """Wait for an execution, telling in words what it does.

    Raises NoTrainingData where nothing is stored to train on, CommandError for other failures: the reason.
    """
    machine = session.client("stepfunctions")
    told = 0
    while True:
        described = machine.describe_execution(executionArn=execution)
        entered = _entered(machine, execution)
        steps = training_progress.steps(entered)
        for step in steps[told:]:
            tell(step)
        told = len(steps)
        if described["status"] != "RUNNING":
            break
        time.sleep(0.3 if session.local else 5)
    if described["status"] != "SUCCEEDED":
        cause = _cause(described)
        failure = NoTrainingData if cause.startswith(NO_DATA) else CommandError
        raise failure(f"training {described['status'].lower()}: {cause}")
    return _trained(json.loads(described["output"]), fresh=_is_fresh(entered))


def _entered(machine: Any, execution: str) -> list[str]:
    """The states that were entered until now; one that waits for hours enters thousands."""
    pages = machine.get_paginator("get_execution_history").paginate(
        executionArn=execution, PaginationConfig={"PageSize": 1000}
    )
    events = (event for page in pages for event in page["events"])
    return [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]


def _is_fresh(entered: list[str]) -> bool:
    """Whether the last job that was asked for was not there yet."""
    return EXISTING_JOB not in entered or TRAIN in entered[len(entered) - entered[::-1].index(EXISTING_JOB) :]


def _cause(described: dict[str, Any]) -> str:
    """The reason of a failed execution; of a function's error its message, without the stack trace."""
    cause = described.get("cause") or described.get("error") or "no reason was given"
    kind, _, document = cause.partition(": ")
    try:
        return f"{kind}: {json.loads(document)['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return cause


def _trained(output: dict[str, Any], *, fresh: bool) -> Trained:
    registration = output["registration"]
    return Trained(
        fresh=fresh,
        job=output["training_job"],
        # What is no number of JSON's is a text there.
        metrics={name: float(value) for name, value in registration.get("metrics", {}).items()},
        package=registration["package"],
        status=registration["status"],
        reason=registration["reason"],
        data=output.get("data", {}),
    )


def decided_since(session: Session, trained: Trained) -> Trained:
    """The same with the reason of the status that the package has now, where it was given that later.

    The gate's verdict stays in the reason.
    """
    package = session.client("sagemaker").describe_model_package(ModelPackageName=trained.package)
    if "LastModifiedTime" not in package:
        return trained
    by = package.get("LastModifiedBy", {}).get("IamIdentity", {}).get("Arn")
    who = f" by {by}" if by else ""
    why = package.get("ApprovalDescription") or "no reason was given"
    decided = f"{version(trained.package)} is of these data, and became {trained.status} later{who}: {why}"
    return replace(trained, reason=f"{decided} (the gate had said: {trained.reason})")
