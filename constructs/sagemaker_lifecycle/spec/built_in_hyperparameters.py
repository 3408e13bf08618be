"""Hyperparameters of AWS's own algorithms, as their documentation lists them.

https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html, linear-learner-tuning.html,
xgboost_hyperparameters.html and xgboost-tuning.html. What the task, the gate and the seed say already
(predictor_type, objective, eval_metric, seed) is not among them: two places could differ.
"""

from sagemaker_lifecycle.spec.hyperparameter import Hyperparameter

_CLASSES = Hyperparameter(
    "number of classes when there are more than two",
    "none",
    "whole",
    3,
    1_000_000,
    tunable=False,
    task="classification",
)

LINEAR_LEARNER = {
    "num_classes": _CLASSES,
    "epochs": Hyperparameter("passes over the data", "15", "whole", 1, tunable=False),
    "mini_batch_size": Hyperparameter("rows of a step; at most the rows that are fitted", "1000", "whole", 1),
    "learning_rate": Hyperparameter("size of a step", "auto", "any", 0, above=True, words=("auto",)),
    "l1": Hyperparameter("L1 regularisation", "auto", "any", 0, words=("auto",)),
    "wd": Hyperparameter("L2 regularisation", "auto", "any", 0, words=("auto",)),
    "use_bias": Hyperparameter("whether the line may miss the origin", "true", flag=True),
    "normalize_data": Hyperparameter(
        "whether columns are scaled", "true", flag=True, words=("auto",), tunable=False
    ),
    "normalize_label": Hyperparameter(
        "whether the target is scaled, regression only",
        "auto",
        flag=True,
        words=("auto",),
        tunable=False,
        task="regression",
    ),
    "loss": Hyperparameter(
        "what is minimised",
        "auto",
        words=(
            "auto",
            "squared_loss",
            "absolute_loss",
            "eps_insensitive_squared_loss",
            "eps_insensitive_absolute_loss",
            "quantile_loss",
            "huber_loss",
            "logistic",
            "hinge_loss",
            "softmax_loss",
        ),
        tunable=False,
    ),
    "optimizer": Hyperparameter("how", "auto", words=("auto", "adam", "sgd", "rmsprop"), tunable=False),
    "num_models": Hyperparameter(
        "models trained side by side", "auto", "whole", 1, words=("auto",), tunable=False
    ),
    "early_stopping_patience": Hyperparameter(
        "epochs without improvement before the end", "3", "whole", 1, tunable=False
    ),
    "early_stopping_tolerance": Hyperparameter(
        "smallest improvement, relative", "0.001", "any", 0, tunable=False
    ),
}

XGBOOST = {
    "num_class": _CLASSES,
    "num_round": Hyperparameter("number of trees", "100", "whole", 1, 1_000_000),
    "eta": Hyperparameter("part of each tree's correction that is taken", "0.3", "any", 0, 1),
    "max_depth": Hyperparameter("greatest depth of a tree; 0 for no limit", "6", "whole", 0),
    "min_child_weight": Hyperparameter("least weight of a leaf", "1", "any", 0),
    "gamma": Hyperparameter("least gain of a split", "0", "any", 0),
    "subsample": Hyperparameter("part of the rows for each tree", "1", "any", 0, 1, above=True),
    "colsample_bytree": Hyperparameter("part of the columns for each tree", "1", "any", 0, 1, above=True),
    "colsample_bylevel": Hyperparameter("part of the columns for each level", "1", "any", 0, 1, above=True),
    "colsample_bynode": Hyperparameter("part of the columns for each split", "1", "any", 0, 1, above=True),
    "alpha": Hyperparameter("L1 regularisation", "0", "any", 0),
    "lambda": Hyperparameter("L2 regularisation", "1", "any", 0),
    "max_delta_step": Hyperparameter("largest step of a leaf; 0 for no limit", "0", "any", 0),
    "scale_pos_weight": Hyperparameter(
        "weight of class 1", "1", "any", 0, above=True, tunable=False, task="classification"
    ),
    "num_parallel_tree": Hyperparameter("trees grown at each round", "1", "whole", 1, tunable=False),
    "early_stopping_rounds": Hyperparameter(
        "rounds without improvement before the end", "none", "whole", 1, tunable=False
    ),
    "tree_method": Hyperparameter(
        "how splits are found", "auto", words=("auto", "exact", "approx", "hist"), tunable=False
    ),
}
