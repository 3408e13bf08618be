"""Whether a trained model is good enough, and how it stands in the registry. Pure."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handler_common import package_metadata
from register_model.champion import Champion, place

# Limits of CreateModelPackage: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
METADATA_VALUE_LENGTH = 256
MAX_METRICS = 28
MAX_TRIALS = 12
DESCRIPTION_LENGTH = 1024
TOKEN_LENGTH = 36
# Of why a champion was not measured, in the description; the metadata have more of it.
REASON_LENGTH = 200
# What numbers of single precision that are summed in another order differ by, as a part of them.
_SINGLE = 1e-6
_NOT_IN_METADATA = re.compile(r"[^\w .:/=+\-@]")

_UNKNOWN_GUESS = (
    "the job did not report {0}, a guess without a model, which every model must beat: a container, or a "
    "train.py whose data could not be read before it ran (see the log), must print 'metric {0}=1.5;'"
)
_METRIC_KEY = "metric:"
_APPROVAL = {"auto": "Approved", "manual": "PendingManualApproval"}


class BadInput(Exception):
    """The state machine passed an input that lacks what the function needs, or holds what it cannot hold."""


class NotTrained(Exception):
    """The training job has no model to register."""


@dataclass(frozen=True)
class Gate:
    """What a model must reach: a metric at least (maximize) or at most (minimize) the threshold.

    `margin` is by how much it must be better than the champion, in the metric's unit; 0 lets an equal pass.
    `guess` and `champion` are the metrics of a guess without a model and of the champion; AWS's own
    algorithms' names of metrics do not tell them. `resolution`: what a difference from a champion that was
    not measured by the job itself must exceed to be one, in the metric's unit.
    """

    metric: str
    guess: str
    champion: str
    direction: str
    threshold: float
    margin: float
    resolution: float = 0.0


@dataclass(frozen=True)
class Request:
    """What to register, under which gate.

    training_job: "" until the best one of tuning_job is known. tuning_job: "" when there was no tuning.
    baseline: bucket and key of the report of a guess without a model, None where the job measured it.
    prepared_at: when a processing job had read the data, None where the training job reads them.
    measured: what became of measuring the champion apart from the job: its report's address, or the error;
        None where the job measures it. columns: hash of what the model answers, "" where nobody asks.
    """

    model: str
    package_group: str
    training_job: str
    tuning_job: str
    image: str
    gate: Gate
    approval: str
    code_hash: str
    data: Mapping[str, Any]
    environment: Mapping[str, str]
    baseline: tuple[str, str] | None = None
    measured: Mapping[str, Any] | None = None
    prepared_at: object = None
    columns: str = ""


@dataclass(frozen=True)
class Verdict:
    """The approval status a model gets, and why."""

    status: str
    reason: str


def read_request(event: Mapping[str, Any]) -> Request:
    """The checked input; raises BadInput with everything that is wrong with it."""
    problems = [
        f"{key}: must be a text that is not empty"
        for key in ("model", "package_group", "image", "code_hash")
        if not isinstance(event.get(key), str) or not event[key]
    ]
    jobs = [str(event.get(key) or "") for key in ("training_job", "tuning_job")]
    if jobs.count("") != 1:
        problems.append("training_job, tuning_job: must be one of them, a text that is not empty")
    if event.get("approval") not in _APPROVAL:
        problems.append(f"approval: is {event.get('approval')!r}, must be auto or manual")
    gate = event.get("gate") or {}
    if not gate.get("metric"):
        problems.append("gate.metric: must be a text that is not empty")
    if gate.get("direction") not in ("minimize", "maximize"):
        problems.append(f"gate.direction: is {gate.get('direction')!r}, must be minimize or maximize")
    threshold, margin = _number(gate.get("threshold")), _number(gate.get("margin", 0))
    if threshold is None:
        problems.append(f"gate.threshold: is {gate.get('threshold')!r}, must be a number")
    if margin is None or margin < 0:
        problems.append(f"gate.margin: is {gate.get('margin')!r}, must be a number of at least 0")
    resolution = _number(gate.get("resolution", 0))
    if resolution is None or resolution < 0:
        problems.append(f"gate.resolution: is {gate.get('resolution')!r}, must be a number of at least 0")
    baseline = event.get("baseline")
    if baseline and place(baseline) is None:
        problems.append(f"baseline: is {baseline!r}, must be s3://bucket/key")
    measured = event.get("champion")
    report = (measured or {}).get("report")
    if report and place(str(report)) is None:
        problems.append(f"champion.report: is {report!r}, must be s3://bucket/prefix/")
    if problems or threshold is None or margin is None or resolution is None:
        raise BadInput("; ".join(problems))
    return Request(
        model=event["model"],
        package_group=event["package_group"],
        training_job=jobs[0],
        tuning_job=jobs[1],
        image=event["image"],
        gate=Gate(
            metric=gate["metric"],
            guess=gate.get("guess") or _of("baseline", gate["metric"]),
            champion=gate.get("champion") or _of("champion", gate["metric"]),
            direction=gate["direction"],
            threshold=threshold,
            margin=margin,
            resolution=resolution,
        ),
        approval=event["approval"],
        code_hash=event["code_hash"],
        data=event.get("data") or {},
        environment=event.get("environment") or {},
        baseline=place(baseline) if baseline else None,
        measured=measured,
        prepared_at=event.get("prepared_at"),
        columns=str(event.get("columns") or ""),
    )


def best_of(tuning: Mapping[str, Any]) -> str:
    """The training job of the best trial; raises NotTrained when the tuning job has none."""
    best = tuning.get("BestTrainingJob", {}).get("TrainingJobName")
    if not best:
        status = tuning["HyperParameterTuningJobStatus"]
        why = tuning.get("FailureReason", "no trial reported the metric")
        raise NotTrained(f"tuning job {tuning['HyperParameterTuningJobName']} is {status}: {why}")
    return str(best)


def trials_of(summaries: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each trial: its job, the metric's value, and the hyperparameters that it had."""
    lines: list[str] = []
    for trial in summaries:
        value = trial.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
        result = trial.get("TrainingJobStatus", "") if value is None else f"{value:g}"
        tuned = " ".join(
            f"{key}={text}" for key, text in sorted(trial.get("TunedHyperParameters", {}).items())
        )
        lines.append(f"{trial['TrainingJobName']}: {result} {tuned}".rstrip())
    return lines


def metrics_of(job: Mapping[str, Any]) -> dict[str, float]:
    """The job's final metrics by name; raises NotTrained unless the job is Completed and left a model."""
    status = job["TrainingJobStatus"]
    if status != "Completed" or not job.get("ModelArtifacts", {}).get("S3ModelArtifacts"):
        # At which limit of its time, or "Stopped" by hand.
        left = job.get("SecondaryStatus", status) if status == "Stopped" else "no model"
        raise NotTrained(
            f"training job {job['TrainingJobName']} is {status}: {job.get('FailureReason', left)}; "
            "`lifecycle train MODEL --force` trains again on the same data"
        )
    return {metric["MetricName"]: float(metric["Value"]) for metric in job.get("FinalMetricDataList", [])}


def report_of(text: str) -> dict[str, float]:
    """Metrics by name, as algorithms/prepare.py and evaluate.py write them."""
    return {str(name): float(value) for name, value in json.loads(text).items()}


def without_champion(metrics: Mapping[str, float]) -> dict[str, float]:
    """Without what the job measured of a model that is not the champion any more."""
    return {name: value for name, value in metrics.items() if not name.startswith(_of("champion", ""))}


def judge(request: Request, metrics: Mapping[str, float], champion: Champion | None) -> Verdict:
    """The verdict over the model; `metrics` has those of the champion where it was measured.

    It must meet the threshold, beat the best guess without a model, and beat the champion by the margin: the
    champion as it was measured on the same rows, else as it was measured when it was trained. A measure of
    the champion that is no finite number is none. Without a finite measure of the guess the model is
    rejected: nothing shows that it is worth more. r2, which is undefined for the guess where it is for any
    model on the same rows, is missing then for both.
    """
    gate = request.gate
    name = _metric_name(gate.metric, metrics)
    if name is None:
        had = ", ".join(sorted(metrics)) or "no metric"
        return Verdict("Rejected", f"the job did not report the metric {gate.metric} (it reported: {had})")
    value = metrics[name]
    if not math.isfinite(value):
        return Verdict("Rejected", f"{name} is {value}, no finite number")
    sign, word = (1, "at most") if gate.direction == "minimize" else (-1, "at least")
    if sign * value > sign * gate.threshold:
        return Verdict(
            "Rejected", f"{name} {value:g} misses the threshold: must be {word} {gate.threshold:g}"
        )
    guess = metrics.get(gate.guess)
    if guess is None:
        return Verdict("Rejected", _UNKNOWN_GUESS.format(gate.guess))
    if not math.isfinite(guess):
        return Verdict("Rejected", f"{gate.guess}, a guess without a model, is {guess}, no finite number")
    if sign * value >= sign * guess:
        return Verdict("Rejected", f"{name} {value:g} is no better than {guess:g}, a guess without a model")
    reason = f"{name} {value:g} meets the threshold ({word} {gate.threshold:g})"
    if champion is None or not champion.package:
        return Verdict(_APPROVAL[request.approval], f"{reason}; there is no champion to beat")
    best, where, slack = _best_of(champion, gate, name, metrics)
    if best is None:
        return Verdict(_APPROVAL[request.approval], f"{reason}; the champion has no {name} to compare with")
    if sign * value > sign * best - gate.margin + slack:
        lack = f"does not beat the champion's {best:g} {where} by the margin of {gate.margin:g}"
        return Verdict("Rejected", f"{name} {value:g} {lack}")
    passed = f"beats the champion's {best:g} {where} by {abs(value - best):g}"
    equal = f"is no worse than the champion's {best:g} {where}"
    is_equal = abs(value - best) <= slack
    return Verdict(_APPROVAL[request.approval], f"{reason} and {equal if is_equal else passed}")


def _best_of(
    champion: Champion, gate: Gate, name: str, metrics: Mapping[str, float]
) -> tuple[float | None, str, float]:
    """The champion's number, where it was measured, and what of a difference is rounding.

    A job logs a few digits, and computes in single precision: two equal models differ by these when one was
    measured apart from the job.
    """
    measured = _number(metrics.get(gate.champion))
    if measured is not None:
        apart = champion.report is not None
        return measured, "on the same rows", max(gate.resolution, _SINGLE * abs(measured)) if apart else 0.0
    where = "when it was trained"
    if champion.unmeasured:
        where += f" (on the same rows it was not measured: {champion.unmeasured[:REASON_LENGTH]})"
    return _number(champion.metadata.get(f"{_METRIC_KEY}{name}")), where, 0.0


def package_request(
    request: Request,
    job: Mapping[str, Any],
    metrics: Mapping[str, float],
    verdict: Verdict,
    trials: Sequence[str] = (),
    champion: Champion | None = None,
) -> dict[str, Any]:
    """The parameters of CreateModelPackage. Its token, made of the job, prevents doubles."""
    container = {"Image": request.image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    if request.environment:
        container["Environment"] = dict(request.environment)
    return {
        "ModelPackageGroupName": request.package_group,
        # CreateModelPackage takes no ApprovalDescription: here the registry shows the reason.
        "ModelPackageDescription": verdict.reason[:DESCRIPTION_LENGTH],
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "ModelApprovalStatus": verdict.status,
        "CustomerMetadataProperties": _metadata(request, metrics, trials, champion),
        "ClientToken": hashlib.sha256(request.training_job.encode()).hexdigest()[:TOKEN_LENGTH],
    }


def registered(package: Mapping[str, Any], metrics: Mapping[str, float]) -> dict[str, Any]:
    """The function's output for a described package."""
    return {
        "package": package["ModelPackageArn"],
        "training_job": package.get("CustomerMetadataProperties", {}).get(package_metadata.JOB, ""),
        "status": package["ModelApprovalStatus"],
        "reason": package.get("ModelPackageDescription", ""),
        # NaN is not JSON: the next state could not read it.
        "metrics": {name: value if math.isfinite(value) else str(value) for name, value in metrics.items()},
    }


def _metadata(
    request: Request, metrics: Mapping[str, float], trials: Sequence[str], champion: Champion | None
) -> dict[str, str]:
    properties = {"model": request.model, package_metadata.JOB: request.training_job}
    for key in ("data_version", "train_uri"):
        properties[key] = str(request.data.get(key) or "")
    properties["code_hash"] = request.code_hash
    properties[package_metadata.TUNING_JOB] = request.tuning_job
    properties[package_metadata.COLUMNS] = request.columns
    if champion is not None:
        properties["champion"] = champion.package
        properties["champion_unmeasured"] = champion.unmeasured
    properties |= {f"trial:{number:02}": trial for number, trial in enumerate(trials, start=1)}
    for name in sorted(metrics)[:MAX_METRICS]:
        properties[f"{_METRIC_KEY}{name}"] = repr(metrics[name])
    gate = _metric_name(request.gate.metric, metrics)
    if gate is not None:
        properties[f"{_METRIC_KEY}{gate}"] = repr(metrics[gate])
    clean = {
        _NOT_IN_METADATA.sub("-", key): _NOT_IN_METADATA.sub("-", value)[:METADATA_VALUE_LENGTH]
        for key, value in properties.items()
    }
    return {key: value for key, value in clean.items() if value}


def _metric_name(wanted: str, metrics: Mapping[str, float]) -> str | None:
    """The job's metric that the gate means: `rmse` may stand for `validation:rmse`."""
    return next((name for name in (wanted, f"validation:{wanted}") if name in metrics), None)


def _of(owner: str, metric: str) -> str:
    """The same metric of another owner: `champion:rmse` for `validation:rmse`."""
    return f"{owner}:{metric.rpartition(':')[2]}"


def _number(value: object) -> float | None:
    """The finite number that the value is or spells, else None."""
    try:
        number = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
        )
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
