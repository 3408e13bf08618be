"""The sections of a model.yaml, each with the checks of meaning that need no other section.

Values that are recognised but not supported yet pass here and are refused by `spec.support`, so that
one run reports them beside everything else that is wrong.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from sagemaker_lifecycle.spec.algorithms import METRICS, TASKS
from sagemaker_lifecycle.spec.instance_types import (
    burstable,
    check_processing_instance_type,
    check_serving_instance_type,
    check_training_instance_type,
)
from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.schedule import check_schedule
from sagemaker_lifecycle.spec.section import Section
from sagemaker_lifecycle.spec.tuning import Tuning

SourceType = Literal["local", "s3", "redshift", "dynamodb", "glue"]
GateMetric = Literal["rmse", "mae", "r2", "accuracy", "f1", "roc_auc", "log_loss"]
ServingType = Literal["realtime", "serverless", "async", "batch"]
RolloutStrategy = Literal["all-at-once", "canary", "linear"]
RollbackAlarm = Literal["errors", "latency", "drift"]

# Limits of SageMaker's deployment guardrails: API reference, TrafficRoutingConfig and BlueGreenUpdatePolicy.
WAIT_LIMIT_SECONDS = 3600
LINEAR_STEP_MINIMUM_PERCENT = 10
SHIFT_MAXIMUM_PERCENT = 50

# Lowest and highest value that a metric can have.
_METRIC_BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "rmse": (0, None),
    "mae": (0, None),
    "r2": (None, 1),
    "accuracy": (0, 1),
    "f1": (0, 1),
    "roc_auc": (0, 1),
    "log_loss": (0, None),
}

SERVERLESS_MEMORY_STEP_MB = 1024
SERVERLESS_MEMORY_LIMIT_MB = 6144


ServingFormat = Literal["portable", "onnx"]
TrainingInstance = Annotated[str, AfterValidator(check_training_instance_type)]
ProcessingInstance = Annotated[str, AfterValidator(check_processing_instance_type)]
ServingInstance = Annotated[str, AfterValidator(check_serving_instance_type)]
Schedule = Annotated[str, AfterValidator(check_schedule)]


class Source(Section):
    """Where the training data comes from.

    local: CSV files below `path`, uploaded to the data bucket by the `lifecycle` command.
    s3: CSV files that someone else puts below `prefix` of `bucket`.
    """

    type: SourceType = Field(description="kind of source")
    path: str | None = Field(
        default=None, min_length=1, description="local only: a folder of CSV files or one file; default data"
    )
    bucket: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="s3 only: name of an existing bucket; default the project's own data bucket",
    )
    prefix: str | None = Field(
        default=None,
        min_length=1,
        max_length=900,
        pattern=r"^[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/=-]*/$",
        description="s3 only: key prefix that ends with /; default models/<name>/data/",
    )

    @property
    def local_path(self) -> str:
        """The folder or file of a local source, relative to the model's folder."""
        return self.path or "data"

    @model_validator(mode="after")
    def _check_meaning(self) -> "Source":
        findings: list[Finding] = []
        if self.type != "local" and self.path is not None:
            findings.append(Finding(("path",), f"belongs to a local source, not to {self.type}"))
        if self.type != "s3":
            findings += [
                Finding((key,), f"belongs to an s3 source, not to {self.type}")
                for key in ("bucket", "prefix")
                if getattr(self, key) is not None
            ]
        if self.bucket is not None and self.prefix is None:
            findings.append(Finding(("prefix",), "is missing: a bucket of your own needs a key prefix"))
        raise_findings(findings)
        return self


class Training(Section):
    """How and when the model is trained."""

    instance_type: TrainingInstance = Field(
        default="ml.m5.large", description="an instance type of SageMaker training"
    )
    instance_count: int = Field(default=1, ge=1, le=20, description="number of training instances")
    processing_instance_type: ProcessingInstance | None = Field(
        default=None,
        description="an instance type of SageMaker processing, on which data is prepared and the champion "
        "measured, of AWS's own algorithms; default: ml.m5.large",
    )
    volume_size_gb: int = Field(default=10, ge=1, le=16384, description="GiB of storage of each instance")
    spot: bool = Field(default=False, description="whether to train on spot capacity")
    checkpoints: bool | None = Field(
        default=None,
        description="whether an interrupted job goes on where it was; default: with spot, if it can",
    )
    tuning: Tuning | None = Field(
        default=None, description="how the ranges of the hyperparameters are searched"
    )
    max_runtime_seconds: int = Field(
        default=3600, ge=60, le=432000, description="seconds after which a job is stopped"
    )
    schedule: Schedule | None = Field(
        default=None, description="when to train again: rate(1 day) or cron(0 6 * * ? *), in UTC"
    )
    on_new_data: bool = Field(
        default=False, description="whether a new object below the data prefix starts a training"
    )
    debounce_seconds: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="with on_new_data: seconds without another new object before the training starts",
    )
    seed: int = Field(
        default=0, ge=0, le=2**32 - 1, description="seed of the hold-out split, the algorithm and the tuning"
    )
    validation_fraction: float = Field(
        default=0.2, gt=0, le=0.5, description="part of the rows that is held out to measure the model"
    )


class Gate(Section):
    """What a trained model must reach to be approved."""

    metric: GateMetric = Field(description="metric on the held-out rows")
    threshold: float = Field(description="worst value that passes, in the metric's own unit")
    margin: float = Field(
        default=0.0, ge=0, description="by how much the live model must be beaten, in the metric's own unit"
    )
    approval: Literal["auto", "manual"] = Field(
        default="auto", description="whether a model that passes is approved at once or waits for a person"
    )

    @property
    def metric_name(self) -> str:
        """Name of the metric in the training job: `validation:rmse`."""
        return f"validation:{self.metric}"

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """Whether smaller or larger values are better."""
        return next(METRICS[task][self.metric] for task in TASKS if self.metric in METRICS[task])

    @model_validator(mode="after")
    def _check_meaning(self) -> "Gate":
        low, high = _METRIC_BOUNDS[self.metric]
        if low is not None and self.threshold < low and self.direction == "minimize":
            message = f"{self.threshold:g} is never reached: {self.metric} is at least {low:g}"
            raise_findings([Finding(("threshold",), message)])
        if high is not None and self.threshold > high and self.direction == "maximize":
            message = f"{self.threshold:g} is never reached: {self.metric} is at most {high:g}"
            raise_findings([Finding(("threshold",), message)])
        return self


class Capture(Section):
    """Recording of requests and answers."""

    percent: int = Field(default=100, ge=1, le=100, description="part of the requests that is recorded")


class Serving(Section):
    """How predictions are served."""

    type: ServingType = Field(description="kind of serving")
    format: ServingFormat = Field(
        default="portable",
        description="what evaluates the model: numpy, or for a random forest onnxruntime",
    )
    instance_type: ServingInstance = Field(
        default="ml.m5.large", description="an instance type of SageMaker hosting"
    )
    min_instances: int = Field(
        default=1, ge=0, le=1000, description="fewest instances", json_schema_extra={"minimum": 1}
    )
    max_instances: int = Field(default=2, ge=1, le=1000, description="most instances")
    target_invocations_per_instance: int = Field(
        default=1000, ge=1, description="requests a minute and instance that autoscaling aims at"
    )
    capture: Capture | None = Field(default=None, description="recording of requests and answers")
    memory_mb: int | None = Field(
        default=None, description="serverless only: a multiple of 1024 in 1024..6144"
    )
    max_concurrency: int | None = Field(default=None, ge=1, le=200, description="serverless only")

    @property
    def autoscaled(self) -> bool:
        """Whether the number of instances can change."""
        return self.max_instances > self.min_instances

    @model_validator(mode="after")
    def _check_meaning(self) -> "Serving":
        raise_findings(
            self._serverless_findings() if self.type == "serverless" else self._instance_findings()
        )
        return self

    def _serverless_findings(self) -> list[Finding]:
        instance_keys = (
            "instance_type",
            "min_instances",
            "max_instances",
            "target_invocations_per_instance",
        )
        findings = [
            Finding((key,), "serverless serving has no instances; remove it")
            for key in instance_keys
            if key in self.model_fields_set
        ]
        if self.capture is not None:
            findings.append(Finding(("capture",), "serverless serving cannot capture data; remove it"))
        memory = self.memory_mb
        if memory is not None and (
            memory % SERVERLESS_MEMORY_STEP_MB
            or not SERVERLESS_MEMORY_STEP_MB <= memory <= SERVERLESS_MEMORY_LIMIT_MB
        ):
            message = f"{memory} is no serverless memory; allowed: 1024, 2048, 3072, 4096, 5120, 6144"
            findings.append(Finding(("memory_mb",), message))
        return findings

    def _instance_findings(self) -> list[Finding]:
        findings = [
            Finding((key,), f"belongs to serverless serving, not to {self.type}")
            for key in ("memory_mb", "max_concurrency")
            if getattr(self, key) is not None
        ]
        if self.type == "realtime" and self.min_instances == 0:
            message = "a real-time endpoint keeps at least 1 instance; to pay nothing, park the model"
            findings.append(Finding(("min_instances",), message))
        if self.max_instances < self.min_instances:
            message = f"{self.max_instances} is below min_instances {self.min_instances}"
            findings.append(Finding(("max_instances",), message))
        if self.autoscaled and burstable(self.instance_type):
            message = (
                f"{self.instance_type} is burstable and cannot be autoscaled; "
                "allowed: another type, or max_instances equal to min_instances"
            )
            findings.append(Finding(("instance_type",), message))
        return findings


class Rollout(Section):
    """How a new release takes over from the one before: SageMaker's blue/green deployment guardrails."""

    strategy: RolloutStrategy = Field(default="all-at-once", description="how traffic is shifted")
    canary_percent: int | None = Field(
        default=None, description="canary only: first part of the capacity, 1..50"
    )
    linear_step_percent: int | None = Field(
        default=None, description="linear only: part of the capacity of each step, 10..50"
    )
    bake_seconds: int = Field(
        default=300,
        ge=0,
        le=WAIT_LIMIT_SECONDS,
        description="seconds that alarms are watched after each shift",
    )
    termination_wait_seconds: int = Field(
        default=0,
        ge=0,
        le=WAIT_LIMIT_SECONDS,
        description="seconds that the old fleet is kept after the last shift",
    )
    max_execution_seconds: int = Field(
        default=7200, ge=600, le=28800, description="seconds after which a release is rolled back"
    )
    alarms: Annotated[tuple[RollbackAlarm, ...], Strict(False)] = Field(
        default=("errors", "latency"),
        min_length=1,
        max_length=10,
        description="the model's own alarms that roll a release back",
    )

    @property
    def shifts(self) -> int:
        """Into how many steps the shift of traffic is divided."""
        if self.strategy == "linear" and self.linear_step_percent:
            return -(-100 // self.linear_step_percent)
        return 2 if self.strategy == "canary" else 1

    @model_validator(mode="after")
    def _check_meaning(self) -> "Rollout":
        findings = self._size_findings()
        if len(set(self.alarms)) != len(self.alarms):
            findings.append(Finding(("alarms",), "names an alarm twice"))
        waits = self.shifts * self.bake_seconds + self.termination_wait_seconds
        if not findings and waits >= self.max_execution_seconds:
            message = (
                f"{self.max_execution_seconds} is not above the {waits} seconds that {self.shifts} x "
                "bake_seconds and termination_wait_seconds take: every release would be rolled back"
            )
            findings.append(Finding(("max_execution_seconds",), message))
        raise_findings(findings)
        return self

    def _size_findings(self) -> list[Finding]:
        sizes = {"canary": "canary_percent", "linear": "linear_step_percent"}
        if self.canary_percent is not None and self.linear_step_percent is not None:
            message = "two update policies: give canary_percent or linear_step_percent, not both"
            return [Finding((), message)]
        findings: list[Finding] = []
        for strategy, key in sizes.items():
            value: int | None = getattr(self, key)
            minimum = LINEAR_STEP_MINIMUM_PERCENT if strategy == "linear" else 1
            allowed = f"allowed: {minimum}..{SHIFT_MAXIMUM_PERCENT}"
            if self.strategy == strategy and value is None:
                findings.append(Finding((key,), f"is missing: strategy {strategy} needs a size; {allowed}"))
            elif value is not None and self.strategy != strategy:
                message = f"belongs to strategy {strategy}, not to {self.strategy}: two update policies"
                findings.append(Finding((key,), message))
            elif value is not None and not minimum <= value <= SHIFT_MAXIMUM_PERCENT:
                findings.append(Finding((key,), f"{value} is out of range; {allowed}"))
        return findings


class Drift(Section):
    """What a regression's predictions may come to on average, minute by minute."""

    lowest_mean: float = Field(description="in the target's unit")
    highest_mean: float = Field(description="in the target's unit")

    @model_validator(mode="after")
    def _check_range(self) -> "Drift":
        if not self.lowest_mean < self.highest_mean:
            message = f"{self.highest_mean:g} is not above lowest_mean ({self.lowest_mean:g})"
            raise_findings([Finding(("highest_mean",), message)])
        return self


class Monitoring(Section):
    """When a live model is unwell: thresholds of its alarms."""

    latency_p99_ms: float = Field(
        default=500.0, gt=0, le=60000, description="model latency in milliseconds, 99th percentile"
    )
    error_rate_percent: float = Field(
        default=1.0, gt=0, le=100, description="requests that the model answers with an error"
    )
    drift: Drift | None = Field(default=None, description="range of the mean prediction, of a regression")
