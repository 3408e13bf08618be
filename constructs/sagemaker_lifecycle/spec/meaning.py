"""Checks of meaning across sections: of a model.yaml as it was read, valid or not.

So one run reports them beside what is wrong with single keys. Where a value is not even of the right
kind, nothing is said here: pydantic does.
"""

import re
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, cast

from sagemaker_lifecycle.spec.algorithms import ALGORITHMS, METRICS, TASKS, Algorithm
from sagemaker_lifecycle.spec.hyperparameter import ANY, fixed_fault, is_range, range_fault
from sagemaker_lifecycle.spec.problems import Finding, KeyPath, near_miss
from sagemaker_lifecycle.spec.user_script import script_faults

# Most hyperparameters that one tuning job may search: automatic-model-tuning-limits.html.
RANGES_LIMIT = 30
# Seconds that a spot job without checkpoints may take, waits included, with an algorithm of AWS's own:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html.
SPOT_LIMIT_SECONDS = 3600

# What every training script is told; a hyperparameter of the same name would take its place.
RESERVED = ("algorithm", "task", "features", "target", "seed", "validation-fraction", "format")

_TYPE_REASON = "the algorithm reads numbers from a CSV without header and has no encoding for anything else"
_DISTRIBUTED_REASON = "scikit-learn fits on one machine: the others would do nothing and be paid for"


def cross_findings(raw: Mapping[str, Any]) -> list[Finding]:
    """All that does not go together in `raw`."""
    name = raw.get("algorithm")
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
    found = [*_gate_findings(raw, algorithm, name), *_drift_findings(raw)]
    if algorithm is None:
        return found
    return [
        *found,
        *_task_findings(raw, algorithm, str(name)),
        *_feature_findings(raw, algorithm, str(name)),
        *_hyperparameter_findings(raw, algorithm, str(name)),
        *_tuning_findings(raw, algorithm, str(name)),
        *_machine_findings(raw, algorithm, str(name)),
        *_form_findings(raw, algorithm, str(name)),
    ]


def _drift_findings(raw: Mapping[str, Any]) -> list[Finding]:
    """A range without its alarm would do nothing; an alarm needs its range, and a number to average."""
    given, alarms = at(raw, "monitoring", "drift"), at(raw, "rollout", "alarms")
    asked = isinstance(alarms, list | tuple) and "drift" in alarms
    if given is not None and at(raw, "task") == "classification":
        return [Finding(("monitoring", "drift"), "a class has no mean; allowed for a regression")]
    if asked and given is None:
        return [
            Finding(("monitoring", "drift"), "is missing: rollout.alarms names drift, which needs its range")
        ]
    if given is not None and not asked:
        message = (
            "names no drift, so that its range does nothing; allowed: for example [errors, latency, drift]"
        )
        return [Finding(("rollout", "alarms"), message)]
    return []


def file_findings(folder: Path, raw: Mapping[str, Any]) -> list[Finding]:
    """What the model's folder lacks: a script needs its own train.py and inference.py."""
    if raw.get("algorithm") != "script":
        return []
    return [Finding(("algorithm",), message) for message in script_faults(folder)]


def at(raw: Any, *path: str) -> Any:
    """The value at a path of keys; None where there is none."""
    value = raw
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[Any, Any], value).get(part)
    return value


def hyperparameters_of(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The hyperparameters as they were given; {} when that is no mapping."""
    given = raw.get("hyperparameters")
    return cast(Mapping[str, Any], given) if isinstance(given, Mapping) else {}


def many_classes(raw: Mapping[str, Any], algorithm: Algorithm) -> bool:
    """Whether the hyperparameters of an algorithm of AWS's own speak of more than two classes."""
    return algorithm.classes_key is not None and algorithm.classes_key in hyperparameters_of(raw)


def _task(raw: Mapping[str, Any]) -> Any:
    return raw.get("task", "regression")


def _gate_findings(raw: Mapping[str, Any], algorithm: Algorithm | None, name: object) -> list[Finding]:
    metric, task = at(raw, "gate", "metric"), _task(raw)
    if task not in TASKS or not any(metric in METRICS[known] for known in TASKS if isinstance(metric, str)):
        return []
    if metric not in METRICS[task]:
        other = next(known for known in TASKS if known != task)
        message = f"{metric!r} measures {other}, the task is {task}; allowed: {', '.join(METRICS[task])}"
        return [Finding(("gate", "metric"), message)]
    if algorithm is None or algorithm.metrics is None:
        return []
    many = task == "classification" and many_classes(raw, algorithm)
    if (task, many, metric) in algorithm.metrics:
        return []
    allowed = [key for of, more, key in algorithm.metrics if (of, more) == (task, many)]
    classes = f" for {'more than two' if many else 'two'} classes" if task == "classification" else ""
    return [
        Finding(
            ("gate", "metric"), f"{name} does not report {metric}{classes}; allowed: {', '.join(allowed)}"
        )
    ]


def _task_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    task = _task(raw)
    if task not in TASKS or task in algorithm.tasks:
        return []
    others = ", ".join(known for known, value in ALGORITHMS.items() if task in value.tasks)
    return [Finding(("algorithm",), f"{name} does not do {task}; allowed: {others}")]


def _feature_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    features = raw.get("features")
    if not isinstance(features, list | tuple):
        return []
    findings: list[Finding] = []
    for index, feature in enumerate(cast(list[Any], features)):
        kind = at(feature, "type") or "number"
        path: KeyPath = ("features", index)
        if kind in ("category", "boolean", "date") and kind not in algorithm.feature_types:
            message = f"{kind} is not for {name}: {_TYPE_REASON}; allowed: number"
            findings.append(Finding((*path, "type"), message))
        if at(feature, "optional") is True and not algorithm.optional_features:
            message = f"{name} takes no empty cells; allowed: false"
            findings.append(Finding((*path, "optional"), message))
    return findings


def _hyperparameter_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    findings: list[Finding] = []
    for key, value in hyperparameters_of(raw).items():
        known = algorithm.hyperparameter(str(key))
        path: KeyPath = ("hyperparameters", str(key))
        if known is None:
            allowed = algorithm.hyperparameters or {}
            hint = near_miss(key, allowed)
            message = f"unknown key: {name} has none such; allowed: {', '.join(allowed)}{hint}"
            findings.append(Finding(path, message))
        elif known is ANY and (key in RESERVED or re.match(r"features-|sagemaker_|_", key)):
            findings.append(Finding(path, "the name is taken; allowed: a name of your own"))
        elif known.task and _task(raw) in TASKS and known.task != _task(raw):
            findings.append(Finding(path, f"belongs to {known.task}, not to {_task(raw)}; remove it"))
        elif fault := range_fault(value, known) if is_range(value) else fixed_fault(value, known):
            findings.append(Finding(path, fault))
    return findings


def _tuning_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    ranges = {key: value for key, value in hyperparameters_of(raw).items() if is_range(value)}
    tuning = at(raw, "training", "tuning")
    if not ranges:
        if tuning is None:
            return []
        message = (
            "there is nothing to search; allowed: with a range, like {min: 1, max: 9}, for a hyperparameter"
        )
        return [Finding(("training", "tuning"), message)]
    findings: list[Finding] = []
    if len(ranges) > RANGES_LIMIT:
        message = f"{len(ranges)} of them have ranges; allowed: {RANGES_LIMIT}"
        findings.append(Finding(("hyperparameters",), message))
    strategy = at(tuning, "strategy")
    path: KeyPath = ("training", "tuning", "strategy")
    if strategy == "hyperband" and not algorithm.iterative:
        message = f"hyperband stops trials early, and {name} reports nothing before its end"
        findings.append(Finding(path, f"{message}; allowed: bayesian, random, grid"))
    if strategy == "grid":
        findings += _grid_findings(ranges, at(tuning, "max_jobs"))
    return findings


def _grid_findings(ranges: Mapping[str, Any], max_jobs: object) -> list[Finding]:
    """Grid search takes lists only, and as many jobs as combinations: API, HyperParameterTuningJobConfig."""
    findings = [
        Finding(("hyperparameters", key), "grid search takes no interval; allowed: a list of values")
        for key, value in ranges.items()
        if isinstance(value, Mapping)
    ]
    combinations = prod(len(value) for value in ranges.values())
    if not findings and max_jobs != combinations:
        message = f"the lists have {combinations} combinations; allowed: {combinations}"
        findings.append(Finding(("training", "tuning", "max_jobs"), message))
    return findings


def _machine_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    findings: list[Finding] = []
    count, spot = at(raw, "training", "instance_count"), at(raw, "training", "spot")
    checkpoints, seconds = at(raw, "training", "checkpoints"), at(raw, "training", "max_runtime_seconds")
    if type(count) is int and count > 1 and not algorithm.distributed:
        reason = (
            "nothing here says how a container splits its work"
            if algorithm.kind == "container"
            else _DISTRIBUTED_REASON
        )
        findings.append(
            Finding(("training", "instance_count"), f"{count} is not for {name}: {reason}; allowed: 1")
        )
    exact = algorithm.distributed and hyperparameters_of(raw).get("tree_method") == "exact"
    if type(count) is int and count > 1 and exact:
        # XGBoost's own refusal: "exact tree method doesn't support distributed training".
        message = f"exact is not for {count} instances; allowed: auto, approx, hist"
        findings.append(Finding(("hyperparameters", "tree_method"), message))
    if at(raw, "training", "processing_instance_type") is not None and algorithm.kind != "built-in":
        message = (
            f"{name} has no processing jobs, its training job reads the data itself; allowed: leave it out"
        )
        findings.append(Finding(("training", "processing_instance_type"), message))
    if checkpoints is True and not algorithm.checkpoints:
        message = f"{name} writes no checkpoints; allowed: false"
        findings.append(Finding(("training", "checkpoints"), message))
    elif checkpoints is True and any(map(is_range, hyperparameters_of(raw).values())):
        message = "the trials of a tuning job would share them; allowed: false"
        findings.append(Finding(("training", "checkpoints"), message))
    seconds = 3600 if seconds is None else seconds
    if (
        spot is True
        and algorithm.kind == "built-in"
        and not (algorithm.checkpoints and checkpoints is not False)
        and type(seconds) is int
        and seconds > SPOT_LIMIT_SECONDS
    ):
        message = (
            f"{seconds} is too long on spot capacity: without checkpoints SageMaker lets {name} take "
            f"{SPOT_LIMIT_SECONDS} seconds; allowed: up to {SPOT_LIMIT_SECONDS}"
        )
        findings.append(Finding(("training", "max_runtime_seconds"), message))
    return findings


def _form_findings(raw: Mapping[str, Any], algorithm: Algorithm, name: str) -> list[Finding]:
    findings: list[Finding] = []
    image = raw.get("image")
    if algorithm.kind == "container" and image is None:
        message = "is missing: container needs the ECR address of an image, with its digest"
        allowed = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine@sha256:..."
        findings.append(Finding(("image",), f"{message}; allowed: like {allowed}"))
    if algorithm.kind != "container" and image is not None:
        findings.append(Finding(("image",), f"belongs to algorithm container, not to {name}; remove it"))
    if at(raw, "serving", "format") == "onnx" and "onnx" not in algorithm.formats:
        message = f"onnx is not for {name}: it is for trees whose numbers are known here"
        findings.append(Finding(("serving", "format"), f"{message}; allowed: {', '.join(algorithm.formats)}"))
    return findings
