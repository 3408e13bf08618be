"""Hyperparameters of Linear Learner that its stand-in honours, takes as given, or refuses.

Source: the developer guide's page "Linear learner hyperparameters".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.builtins.contract import UserError

LOSSES = {
    "regressor": ("auto", "squared_loss"),
    "binary_classifier": ("auto", "logistic", "hinge_loss"),
    "multiclass_classifier": ("auto", "softmax_loss"),
}
"""What the stand-in fits for each predictor_type; Linear Learner knows more."""
IGNORED = frozenset(
    [
        "accuracy_top_k",
        "balance_multiclass_weights",
        "beta_1",
        "beta_2",
        "bias_lr_mult",
        "bias_wd_mult",
        "early_stopping_patience",
        "early_stopping_tolerance",
        "epochs",
        "init_bias",
        "init_method",
        "init_scale",
        "init_sigma",
        "learning_rate",
        "lr_scheduler_decrease",
        "lr_scheduler_minimum_lr",
        "lr_scheduler_step",
        "margin",
        "momentum",
        "normalize_data",
        "normalize_label",
        "num_calibration_samples",
        "num_models",
        "num_point_for_scaler",
        "optimizer",
        "unbias_data",
        "unbias_label",
        "use_bias",
        "use_lr_scheduler",
        "_tuning_objective_metric",
    ]
)
"""Of the way in which it searches: the stand-in solves the same problem exactly and has no use for them."""
_REFUSED = frozenset(
    [
        "binary_classifier_model_selection_criteria",
        "f_beta",
        "huber_delta",
        "loss_insensitivity",
        "positive_example_weight_mult",
        "quantile",
        "target_precision",
        "target_recall",
    ]
)
_HONOURED = frozenset(["predictor_type", "feature_dim", "num_classes", "mini_batch_size", "loss", "wd", "l1"])


@dataclass(frozen=True)
class Parameters:
    """What the stand-in goes by; ``wd`` is the weight of L2 regularization."""

    predictor_type: str
    loss: str
    classes: int
    mini_batch_size: int
    feature_dim: int | None
    wd: float
    ignored: tuple[str, ...]


def validated(given: Mapping[str, str]) -> Parameters:
    """Raises UserError for a name that Linear Learner does not know, and for what the stand-in cannot do."""
    unknown = sorted(set(given) - _HONOURED - IGNORED - _REFUSED)
    if unknown:
        raise UserError(f"Additional hyperparameters are not allowed ({unknown[0]!r} was unexpected)")
    kind = given.get("predictor_type")
    if kind is None:
        raise UserError("'predictor_type' is a required hyperparameter")
    if kind not in LOSSES:
        raise UserError(f"predictor_type: {kind!r} is not one of {list(LOSSES)}")
    refused = sorted(name for name in given if name in _REFUSED)
    if refused:
        raise UserError(f"{refused[0]}: the embedded AWS's stand-in for Linear Learner cannot do it")
    loss = given.get("loss", "auto")
    if loss not in LOSSES[kind]:
        raise UserError(
            f"loss: the embedded AWS's stand-in fits {list(LOSSES[kind])} for {kind}, not {loss!r}"
        )
    if _number(given, "l1", 0.0, 0.0) > 0:
        raise UserError("l1: the embedded AWS's stand-in for Linear Learner has no L1 regularization")
    if kind == "multiclass_classifier" and "num_classes" not in given:
        raise UserError("num_classes is required when predictor_type is multiclass_classifier")
    dimension = given.get("feature_dim", "auto")
    return Parameters(
        predictor_type=kind,
        loss=loss,
        classes=int(_number(given, "num_classes", 2.0, 2.0)),
        mini_batch_size=int(_number(given, "mini_batch_size", 1000.0, 1.0)),
        feature_dim=None if dimension == "auto" else int(_number(given, "feature_dim", 1.0, 1.0)),
        wd=_number(given, "wd", 0.0, 0.0),
        ignored=tuple(sorted(set(given) & IGNORED)),
    )


def _number(given: Mapping[str, str], name: str, default: float, least: float) -> float:
    text = given.get(name, "auto")
    if text == "auto":
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value < float("inf"):
        raise UserError(f"{name}: {text!r} is not a number of {least:g} or more")
    return value
