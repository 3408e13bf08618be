"""The images that the emulator can stand in for, and what it runs in the place of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

_IMAGE = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/([a-z0-9._-]+)[:@].+$")


@dataclass(frozen=True)
class BuiltIn:
    """One of AWS's own algorithms: the modules that train and serve, and the metrics that it emits."""

    train: str
    serve: str
    metrics: tuple[tuple[str, str], ...]
    checkpoints: bool


def _xgboost_metrics() -> tuple[tuple[str, str], ...]:
    """The guide's "Metrics computed by the XGBoost algorithm", in the form of the lines in the job's log."""
    names = [
        "accuracy",
        "auc",
        "aucpr",
        "error",
        "f1",
        "gamma-deviance",
        "gamma-nloglik",
        "logloss",
        "mae",
        "map",
        "mape",
        "merror",
        "mlogloss",
        "mse",
        "ndcg",
        "poisson-nloglik",
        "rmse",
        "rmsle",
        "tweedie-nloglik",
        "cox-nloglik",
    ]
    return tuple(
        (
            f"{channel}:{name}",
            rf".*\[[0-9]+\].*#011{channel}-{name}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*",
        )
        for channel in ("train", "validation")
        for name in names
    )


def _linear_metrics() -> tuple[tuple[str, str], ...]:
    """The guide's "Metrics computed by the linear learner algorithm" that the stand-in emits."""
    losses = ("objective_loss", "mse", "rmse", "absolute_loss")
    names = ("binary_classification_accuracy", "multiclass_accuracy", "roc_auc_score")
    regex = r"#quality_metric: host=\S+, {channel} {name} <{kind}>=(\S+)"
    found = [("train:objective_loss", regex.format(channel="train", name="objective_loss", kind="loss"))]
    for kind, members in (("loss", losses), ("score", names)):
        found += [(f"validation:{n}", regex.format(channel="validation", name=n, kind=kind)) for n in members]
    return tuple(found)


BUILT_INS = {
    "sagemaker-xgboost": BuiltIn(
        "emulator.builtins.xgboost_training",
        "emulator.builtins.xgboost_serving:app",
        _xgboost_metrics(),
        True,
    ),
    "linear-learner": BuiltIn(
        "emulator.builtins.linear_training", "emulator.builtins.linear_serving:app", _linear_metrics(), False
    ),
}
SCRIPT_IMAGE = "sagemaker-scikit-learn"


def repository(image: str | None) -> str | None:
    """Name of the repository in ECR; None for what is no image of ECR's."""
    match = _IMAGE.match(image or "")
    return match.group(2) if match else None


def built_in(image: str | None) -> BuiltIn | None:
    """The algorithm of this image, if it is one of AWS's own that is done here."""
    return BUILT_INS.get(repository(image) or "")


def refusal(image: str | None) -> str | None:
    """Why the emulator cannot run ``image``; None when it can."""
    if repository(image) == SCRIPT_IMAGE or built_in(image):
        return None
    return (
        "the embedded AWS runs no containers: it stands in for …/sagemaker-scikit-learn, …/sagemaker-xgboost "
        f"and …/linear-learner, not for {image!r}"
    )
