"""A model's training job: its name and the whole CreateTrainingJob request, as its state machine sends it."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_lifecycle import names
from sagemaker_lifecycle.algorithm_bundle import PROGRAM, USER_PROGRAM
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.algorithms import METRICS
from sagemaker_lifecycle.spec.instance_types import has_local_storage
from sagemaker_lifecycle.spec.meaning import SPOT_LIMIT_SECONDS
from sagemaker_lifecycle.training_attempts import OVERHEAD_SECONDS
from sagemaker_lifecycle.training_champion import ChampionMeasurement, champion_measurement
from sagemaker_lifecycle.training_prepare import (
    BASELINE_REPORT,
    Runner,
    channels,
    hyperparameters,
    prepare_request,
)
from sagemaker_lifecycle.training_tuning import tuning_request

# Of the new model on the rows held out, of the best guess without a model, and of the live model.
METRIC_OWNERS = ("validation", "baseline", "champion")
# Spot capacity may be waited for as long as the job itself may run.
SPOT_WAIT_FACTOR = 2
START_ATTEMPTS = 2
CHECKPOINTS = "/opt/ml/checkpoints"
# Below a model's jobs in the artifact bucket: what champions answered, a folder an execution.
MEASURED = "measured/"


@dataclass(frozen=True)
class TrainingJob:
    """A training job that differs from execution to execution only in its data.

    names: what the names of the model's jobs look like, whatever their definition and data: a pattern with
        `?` and `*`.
    tuned: whether the request is CreateHyperParameterTuningJob's, not CreateTrainingJob's.
    name: Step Functions expression of the name, over the source's answer in `$.data`. retried: of the name
        when earlier attempts got no instances, over their number in `$.job.attempt` too.
    request: the call's input; keys that end in `.$` are filled by the state machine.
    prepare: CreateProcessingJob's input, when data must be prepared. prepared: expression of the address
        where that is left, in `$.job.prepared`. baseline: expression of the address of what a guess without a
        model reaches on it.
    checkpoints: expression of the address where the job keeps them, in `$.job.checkpoints`; one a job, for
        what another made of other data is no beginning.
    longest_seconds: after which the job has ended, with waiting for spot capacity and SageMaker's own
        retries; with all that the jobs before and after it take.
    """

    names: str
    name: str
    retried: str
    request: dict[str, Any]
    longest_seconds: int
    tuned: bool = False
    checkpoints: str | None = None
    prepare: dict[str, Any] | None = None
    prepared: str | None = None
    baseline: str | None = None
    champion: ChampionMeasurement | None = None


def training_job(
    *,
    environment: Environment,
    model: ModelSpec,
    image: str,
    code_uri: str | None,
    preparing_image: str,
    definition: str,
    role: iam.IRole,
    key: kms.IKey,
    artifact_bucket: s3.IBucket,
) -> TrainingJob:
    """The job of `model`.

    image: the container's URI. code_uri: `s3://` address of the packed train.py; None when the image has it.
    preparing_image: runs algorithms/prepare.py, from code_uri, for AWS's own algorithms.
    definition: `definition_hash`; in the name, so that the same data is trained once under a definition.
    """
    output = f"s3://{artifact_bucket.bucket_name}/{names.jobs_prefix(model.name)}"
    request = _request(environment, model, image, code_uri, role.role_arn, key.key_arn, output)
    prefix = f"{names.training_job_prefix(environment.name, model.name)}-{definition}"
    job = TrainingJob(
        names=job_names(environment, model),
        name=_of_the_data(prefix),
        retried=_retried(prefix),
        request=request,
        longest_seconds=_longest_seconds(model),
        checkpoints=_of_the_data(f"{output}checkpoints/{definition}", "/") if model.checkpoints else None,
    )
    if _is_built_in(model) and code_uri is not None:
        runner = Runner(preparing_image, code_uri, role.role_arn, key.key_arn, request["Tags"])
        prepared = _of_the_data(f"{output}prepared/{definition}", "/")
        job = _prepared(job, environment, model, runner, prepared=prepared, measured=f"{output}{MEASURED}")
    if model.tuning is not None:
        digits = definition[: names.TUNING_DEFINITION_DIGITS]
        prefix = names.tuning_prefix(environment.name, model.name) + digits
        job = replace(
            job,
            name=_of_the_data(prefix),
            retried=_retried(prefix),
            request=tuning_request(model, model.tuning, request),
            tuned=True,
            checkpoints=None,
        )
    return job


def _prepared(
    job: TrainingJob,
    environment: Environment,
    model: ModelSpec,
    runner: Runner,
    *,
    prepared: str,
    measured: str,
) -> TrainingJob:
    """With what an algorithm of AWS's own needs before and after: prepared data, and a measured champion.

    prepared: expression of the address of the one; measured: address below which the other's answers lie.
    """
    champion = champion_measurement(
        model,
        runner,
        name_prefix=f"champion-{names.tuning_prefix(environment.name, model.name)}",
        packages=names.model_package_group_name(environment.name, model.name),
        output=measured,
    )
    return replace(
        job,
        prepare=prepare_request(model, runner, name_prefix=prepare_prefix(environment, model)),
        prepared=prepared,
        baseline=f"States.Format('{{}}{BASELINE_REPORT}', $.job.prepared)",
        champion=champion,
        longest_seconds=job.longest_seconds + OVERHEAD_SECONDS + champion.longest_seconds,
    )


def _request(
    environment: Environment,
    model: ModelSpec,
    image: str,
    code_uri: str | None,
    role_arn: str,
    key_arn: str,
    output: str,
) -> dict[str, Any]:
    """CreateTrainingJob's input. output: `s3://` address below which the job's output lies."""
    built_in = _is_built_in(model)
    return {
        "TrainingJobName.$": "$.job.name",
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File", **_metrics(model)},
        "RoleArn": role_arn,
        **({"InputDataConfig": channels(model)} if built_in else {"InputDataConfig.$": "$.data.channels"}),
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": key_arn},
        "RetryStrategy": {"MaximumRetryAttempts": START_ATTEMPTS},
        "HyperParameters": hyperparameters(model)
        if built_in
        else {**_script_mode(model, code_uri), **model.training_hyperparameters()},
        "Tags": [
            {"Key": key, "Value": value}
            for key, value in {**names.tags(environment.name), "model": model.name}.items()
        ],
        **_resources(model, key_arn),
    }


def _of_the_data(beginning: str, end: str = "") -> str:
    """Expression of a name, or an address, that differs with the version of the data."""
    return f"States.Format('{beginning}-{{}}{end}', $.data.job_suffix)"


def _retried(beginning: str) -> str:
    return f"States.Format('{beginning}-{{}}{{}}', $.data.retry_suffix, $.job.attempt)"


def _longest_seconds(model: ModelSpec) -> int:
    """After which the job has ended: waits, attempts, and what comes before or is done several times."""
    limit, tuning = model.training.max_runtime_seconds, model.tuning
    seconds = limit * (SPOT_WAIT_FACTOR if model.training.spot else 1)
    if _is_built_in(model):
        seconds += limit
    rounds = 1 if tuning is None else -(-tuning.max_jobs // tuning.max_parallel)
    return seconds * START_ATTEMPTS * rounds


def _is_built_in(model: ModelSpec) -> bool:
    return model.algorithm_facts.kind == "built-in"


def prepare_prefix(environment: Environment, model: ModelSpec) -> str:
    """What the names of the model's processing jobs begin with, before a hyphen and a UUID."""
    return f"prepare-{names.tuning_prefix(environment.name, model.name)}"


def job_names(environment: Environment, model: ModelSpec) -> str:
    """What the names of the model's training jobs, or tuning jobs and trials, look like.

    Digits of a definition, any ones: an execution outlives a deploy that changes it. So the model `house` may
    not touch the jobs of `house-prices`.
    """
    if model.tuning is not None:
        prefix = names.tuning_prefix(environment.name, model.name)
        return f"{prefix}{'?' * names.TUNING_DEFINITION_DIGITS}-*"
    prefix = names.training_job_prefix(environment.name, model.name)
    return f"{prefix}-{'?' * names.JOB_DEFINITION_DIGITS}-*"


def _metrics(model: ModelSpec) -> dict[str, Any]:
    """How the log becomes metrics; AWS's own algorithms have their own and refuse others."""
    if _is_built_in(model):
        return {}
    names = metric_names(model)
    return {"MetricDefinitions": [{"Name": name, "Regex": f"metric {name}=([0-9.eE+-]+);"} for name in names]}


def _script_mode(model: ModelSpec, code_uri: str | None) -> dict[str, str]:
    if code_uri is None:
        return {}
    program = USER_PROGRAM if model.algorithm_facts.kind == "script" else PROGRAM
    return {"sagemaker_program": program, "sagemaker_submit_directory": code_uri}


def _resources(model: ModelSpec, key_arn: str) -> dict[str, Any]:
    """What the job runs on and for how long; spot capacity brings a wait and checkpoints."""
    training = model.training
    instances: dict[str, Any] = {
        "InstanceType": training.instance_type,
        "InstanceCount": training.instance_count,
        "VolumeSizeInGB": training.volume_size_gb,
    }
    if not has_local_storage(training.instance_type):
        instances["VolumeKmsKeyId"] = key_arn
    resources: dict[str, Any] = {
        "ResourceConfig": instances,
        "StoppingCondition": {"MaxRuntimeInSeconds": training.max_runtime_seconds},
        "EnableInterContainerTrafficEncryption": training.instance_count > 1,
        "EnableManagedSpotTraining": training.spot,
    }
    if training.spot:
        wait = training.max_runtime_seconds * SPOT_WAIT_FACTOR
        if _is_built_in(model) and not model.checkpoints:
            wait = min(wait, SPOT_LIMIT_SECONDS)
        resources["StoppingCondition"]["MaxWaitTimeInSeconds"] = wait
    if model.checkpoints:
        resources["CheckpointConfig"] = {"S3Uri.$": "$.job.checkpoints", "LocalPath": CHECKPOINTS}
    return resources


def definition_hash(model: ModelSpec, algorithm_hash: str, image: str) -> str:
    """Eight digits that change when anything besides the data would change what a training makes.

    algorithm_hash: of what trains, packed, or a container's digest. image: its name and tag, or its digest,
    without account and region.
    """
    content: dict[str, Any] = {
        "hyperparameters": model.training_hyperparameters(),
        "ranges": [asdict(each) for each in model.ranges],
        "objective": model.gate.metric if model.ranges else None,
        "algorithm": algorithm_hash,
        "image": image,
        "training": model.training.model_dump(
            mode="json", exclude={"schedule", "on_new_data", "debounce_seconds", "processing_instance_type"}
        ),
    }
    if _is_built_in(model):
        # What follows from the rest of the file, as XGBoost's eval_metric does from the gate's metric.
        content["told"] = hyperparameters(model)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return digest[: names.JOB_DEFINITION_DIGITS]


def metric_names(model: ModelSpec) -> tuple[str, ...]:
    """What train.py prints for the model's task: `validation:rmse`, `baseline:rmse` and others."""
    return tuple(f"{owner}:{metric}" for owner in METRIC_OWNERS for metric in METRICS[model.task])
