"""Hyperparameters of the XGBoost container's algorithm mode, and how it words a wrong one.

Source: aws/sagemaker-xgboost-container, algorithm_mode/hyperparameter_validation.py (Apache 2.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.builtins.contract import UserError


@dataclass(frozen=True)
class Between:
    """Numbers from ``low`` to ``high``; an open end is not itself among them."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    integer: bool = False

    def read(self, text: str) -> float | int:
        """Raises ValueError for what is no such number."""
        return int(text) if self.integer else float(text)

    def holds(self, value: float) -> bool:
        """Whether the number is in the interval; NaN never is."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below and value == value

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True)
class OneOf:
    """One of these words."""

    values: tuple[str, ...]

    def read(self, text: str) -> str:
        """The word itself."""
        return text

    def holds(self, value: str) -> bool:
        """Whether it is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return str(list(self.values))


def _integer(low: float | None, high: float | None = None) -> Between:
    return Between(low, high, integer=True)


_UNIT = Between(0, 1)
_SHARE = Between(0, 1, low_open=True)
_POSITIVE = Between(0)
_FLAG = _integer(0, 1)
METRICS = [
    "rmse",
    "rmsle",
    "mae",
    "mape",
    "mphe",
    "logloss",
    "error",
    "auc",
    "aucpr",
    "ndcg",
    "map",
    "merror",
    "mlogloss",
    "poisson-nloglik",
    "gamma-nloglik",
    "gamma-deviance",
    "tweedie-nloglik",
    "cox-nloglik",
    "aft-nloglik",
    "interval-regression-accuracy",
    # The container's own, which the library does not have.
    "accuracy",
    "f1",
]
OBJECTIVES = [
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
]
KNOWN: dict[str, Between | OneOf] = {
    "num_round": _integer(1),
    "csv_weights": _FLAG,
    "early_stopping_rounds": _integer(1),
    "booster": OneOf(("gbtree", "gblinear", "dart")),
    "verbosity": _integer(0, 3),
    "nthread": _integer(1),
    "eta": _UNIT,
    "gamma": _POSITIVE,
    "max_depth": _integer(0),
    "min_child_weight": _POSITIVE,
    "max_delta_step": _POSITIVE,
    "subsample": _SHARE,
    "colsample_bytree": _SHARE,
    "colsample_bylevel": _SHARE,
    "colsample_bynode": _SHARE,
    "lambda": _POSITIVE,
    "alpha": _POSITIVE,
    "tree_method": OneOf(("auto", "exact", "approx", "hist", "gpu_hist")),
    "sketch_eps": Between(0, 1, low_open=True, high_open=True),
    "scale_pos_weight": Between(0, low_open=True),
    "dsplit": OneOf(("row", "col")),
    "refresh_leaf": _FLAG,
    "process_type": OneOf(("default", "update")),
    "grow_policy": OneOf(("depthwise", "lossguide")),
    "max_leaves": _integer(0),
    "max_bin": _integer(0),
    "predictor": OneOf(("auto", "cpu_predictor", "gpu_predictor")),
    "sample_type": OneOf(("uniform", "weighted")),
    "normalize_type": OneOf(("tree", "forest")),
    "rate_drop": _UNIT,
    "one_drop": _FLAG,
    "skip_drop": _UNIT,
    "lambda_bias": _UNIT,
    "tweedie_variance_power": Between(1, 2, low_open=True, high_open=True),
    "objective": OneOf(tuple(OBJECTIVES)),
    "num_class": _integer(2),
    "base_score": _POSITIVE,
    "_tuning_objective_metric": OneOf(
        tuple(f"{channel}:{metric}" for channel in ("train", "validation") for metric in METRICS)
    ),
    "seed": _integer(-(2**31) + 1, 2**31 - 2),
    "num_parallel_tree": _integer(1),
    "save_model_on_termination": OneOf(("true", "false")),
}
REFUSED = ("_kfold", "_num_cv_round", "monotone_constraints", "interaction_constraints", "updater")
"""Known to the container, not done here."""


def validated(given: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as numbers and words; ``eval_metric`` is a list. Raises UserError as the container."""
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    read: dict[str, Any] = {}
    for name, text in given.items():
        read[name] = _metrics(text) if name == "eval_metric" else _value(name, text)
    objective, classes = read.get("objective"), read.get("num_class")
    if objective in ("multi:softmax", "multi:softprob") and classes is None:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if objective is None and classes is not None:
        raise UserError(
            "Do not need to setup parameter 'num_class' for learning task other than multi-classification."
        )
    return read


def _value(name: str, text: str) -> Any:
    if name in REFUSED:
        raise UserError(f"Hyperparameter {name}: the embedded AWS does not do it")
    if name not in KNOWN:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    allowed: Any = KNOWN[name]
    try:
        value = allowed.read(text)
    except ValueError as error:
        raise UserError(f"Hyperparameter {name}: could not parse value") from error
    if not allowed.holds(value):
        raise UserError(f"Hyperparameter {name}: {value} is not in {allowed}")
    return value


def _metrics(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        kind, _, threshold = name.partition("@")
        if threshold and kind not in ("error", "ndcg", "map"):
            raise UserError(
                f"Metric '{name}' is not supported. Parameter 'eval_metric' with customized threshold should "
                "be one of these options: 'error', 'ndcg', 'map'."
            )
        if kind not in METRICS:
            raise UserError(f"Hyperparameter eval_metric: value {names} not in range {METRICS}")
    return names
