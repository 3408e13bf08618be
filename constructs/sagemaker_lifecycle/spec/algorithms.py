"""The algorithms that a model.yaml may name, and what each can do.

Hyperparameters have the names of the library that fits: scikit-learn's, or those of AWS's own algorithms
(https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html and xgboost_hyperparameters.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sagemaker_lifecycle.spec.built_in_hyperparameters import LINEAR_LEARNER, XGBOOST
from sagemaker_lifecycle.spec.hyperparameter import ANY, Hyperparameter

Task = Literal["regression", "classification"]
Kind = Literal["ours", "built-in", "script", "container"]

TASKS: tuple[Task, ...] = ("regression", "classification")
# Metric by task, with the direction of better.
METRICS: dict[Task, dict[str, Literal["minimize", "maximize"]]] = {
    "regression": {"rmse": "minimize", "mae": "minimize", "r2": "maximize"},
    "classification": {
        "accuracy": "maximize",
        "f1": "maximize",
        "roc_auc": "maximize",
        "log_loss": "minimize",
    },
}
ALL_TYPES = ("number", "category", "boolean", "date")


@dataclass(frozen=True)
class Algorithm:
    """What an algorithm is and can do.

    kind: `ours` is fitted by algorithms/train.py in AWS's scikit-learn image, `built-in` by an image of AWS's
    own, `script` by the user's train.py in the scikit-learn image, `container` by the user's image.
    hyperparameters: by name; None for a kind that takes any.
    metrics: names under which an image of AWS's own reports ours, by (task, classes > 2, metric); None: ours.
    classes_key: hyperparameter with the number of classes when there are more than two.
    iterative: reports its metric while it trains, so that hyperband can stop a trial.
    checkpoints: whether it can write any.
    formats: what it can be served in, `serving.format`.
    """

    kind: Kind
    tasks: tuple[Task, ...] = TASKS
    feature_types: tuple[str, ...] = ALL_TYPES
    optional_features: bool = True
    hyperparameters: Mapping[str, Hyperparameter] | None = None
    metrics: Mapping[tuple[Task, bool, str], str] | None = None
    classes_key: str | None = None
    iterative: bool = False
    checkpoints: bool = True
    formats: tuple[str, ...] = ("portable",)

    def hyperparameter(self, name: str) -> Hyperparameter | None:
        """The hyperparameter of that name; None when the algorithm has none such."""
        return ANY if self.hyperparameters is None else self.hyperparameters.get(name)

    @property
    def distributed(self) -> bool:
        """Whether it can train on several instances at once."""
        return self.kind == "built-in"


_RANDOM_FOREST = {
    "n_estimators": Hyperparameter("number of trees", "100", "whole", 1, 2000),
    "max_depth": Hyperparameter("greatest depth of a tree", "none", "whole", 1, 64, words=("none",)),
    "min_samples_leaf": Hyperparameter("fewest rows in a leaf", "1", "whole", 1, 10000),
    "max_features": Hyperparameter(
        "columns tried at a split; a number is a part of them",
        "1.0, for classes sqrt",
        "any",
        0,
        1,
        above=True,
        words=("sqrt", "log2"),
    ),
}
_SVM = {
    "kernel": Hyperparameter("form of the surface", "rbf", words=("rbf", "linear")),
    "C": Hyperparameter("cost of an error", "1.0", "any", 0, 1e6, above=True),
    "gamma": Hyperparameter(
        "reach of a row, rbf only", "scale", "any", 0, 1e6, above=True, words=("scale", "auto")
    ),
    "epsilon": Hyperparameter(
        "error that costs nothing, regression only, in units of the scaled target",
        "0.1",
        "any",
        0,
        1e6,
        task="regression",
    ),
}

ALGORITHMS: dict[str, Algorithm] = {
    "linear-regression": Algorithm(
        "ours",
        tasks=("regression",),
        hyperparameters={
            "fit_intercept": Hyperparameter("whether the line may miss the origin", "true", flag=True)
        },
        checkpoints=False,
    ),
    "random-forest": Algorithm("ours", hyperparameters=_RANDOM_FOREST, formats=("portable", "onnx")),
    "svm": Algorithm("ours", hyperparameters=_SVM, checkpoints=False),
    "linear-learner": Algorithm(
        "built-in",
        feature_types=("number",),
        optional_features=False,
        hyperparameters=LINEAR_LEARNER,
        metrics={
            ("regression", False, "rmse"): "validation:rmse",
            ("regression", False, "mae"): "validation:absolute_loss",
            ("classification", False, "accuracy"): "validation:binary_classification_accuracy",
            ("classification", False, "roc_auc"): "validation:roc_auc_score",
            ("classification", True, "accuracy"): "validation:multiclass_accuracy",
            ("classification", True, "f1"): "validation:macro_f_beta",
        },
        classes_key="num_classes",
        iterative=True,
        checkpoints=False,
    ),
    "xgboost": Algorithm(
        "built-in",
        feature_types=("number",),
        hyperparameters=XGBOOST,
        metrics={
            ("regression", False, "rmse"): "validation:rmse",
            ("regression", False, "mae"): "validation:mae",
            ("classification", False, "accuracy"): "validation:accuracy",
            ("classification", False, "f1"): "validation:f1",
            ("classification", False, "roc_auc"): "validation:auc",
            ("classification", False, "log_loss"): "validation:logloss",
            ("classification", True, "accuracy"): "validation:accuracy",
            ("classification", True, "f1"): "validation:f1",
            ("classification", True, "log_loss"): "validation:mlogloss",
        },
        classes_key="num_class",
        iterative=True,
    ),
    "script": Algorithm("script", iterative=True),
    "container": Algorithm("container", iterative=True),
}
