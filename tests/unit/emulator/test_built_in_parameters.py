"""Hyperparameters and data of AWS's own algorithms: what is taken, and how the rest is refused."""

from __future__ import annotations

import numpy as np
import pytest

from emulator.builtins import linear_parameters, xgboost_parameters
from emulator.builtins.contract import UserError, csv_matrix
from emulator.builtins.libsvm import parse
from emulator.builtins.linear_training import fit, labels_of, scores


def test_xgboosts_values_are_read_by_their_types() -> None:
    given = {"num_round": "5", "eta": "0.3", "booster": "dart", "eval_metric": "rmse,error@0.7"}
    read = xgboost_parameters.validated(given)
    assert read == {"num_round": 5, "eta": 0.3, "booster": "dart", "eval_metric": ["rmse", "error@0.7"]}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("eta", "1.5", r"Hyperparameter eta: 1.5 is not in \[0, 1\]"),
        ("subsample", "0", r"Hyperparameter subsample: 0.0 is not in \(0, 1\]"),
        ("eta", "nan", "is not in"),
        ("max_depth", "1.5", "Hyperparameter max_depth: could not parse value"),
        ("booster", "forest", "Hyperparameter booster: forest is not in"),
        ("n_estimators", "5", "Extraneous hyperparameter found: n_estimators"),
        ("eval_metric", "rmse@3", "with customized threshold"),
        ("objective", "multi:softmax", "Require input for parameter 'num_class'"),
        ("num_class", "3", "Do not need to setup parameter 'num_class'"),
        ("_kfold", "3", "the embedded AWS does not do it"),
    ],
)
def test_xgboost_refuses(name: str, value: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        xgboost_parameters.validated({"num_round": "1", name: value})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "'predictor_type' is a required"),
        ({"predictor_type": "tree"}, "is not one of"),
        ({"predictor_type": "regressor", "eta": "1"}, "'eta' was unexpected"),
        ({"predictor_type": "regressor", "loss": "huber_loss"}, "stand-in fits"),
        ({"predictor_type": "regressor", "l1": "0.1"}, "no L1"),
        ({"predictor_type": "regressor", "quantile": "0.5"}, "cannot do it"),
        ({"predictor_type": "regressor", "mini_batch_size": "0"}, "1 or more"),
        ({"predictor_type": "multiclass_classifier"}, "num_classes is required"),
    ],
)
def test_linear_learners_stand_in_refuses(given: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        linear_parameters.validated(given)


def test_what_the_stand_in_does_not_use_is_listed() -> None:
    given = {"predictor_type": "regressor", "epochs": "3", "optimizer": "adam", "wd": "0.1"}
    assert linear_parameters.validated(given).ignored == ("epochs", "optimizer")


def test_three_classes_get_probabilities_that_add_up() -> None:
    parameters = linear_parameters.validated({"predictor_type": "multiclass_classifier", "num_classes": "4"})
    features = np.array([[float(row), float(row % 5)] for row in range(60)])
    labels = np.array([float(row // 20) for row in range(60)])
    weights = fit(parameters, features, labels)
    scored = scores(parameters.predictor_type, parameters.loss, weights, features)
    assert scored.shape == (60, 4)
    assert scored.sum(axis=1) == pytest.approx(np.ones(60))
    assert (labels_of(parameters.predictor_type, parameters.loss, scored) == labels).mean() > 0.9
    assert scored[:, 3].max() < 1e-6, "a class without rows"


def test_weight_decay_flattens_the_line() -> None:
    features = np.array([[1.0], [2.0], [3.0]])
    labels = np.array([1.0, 2.0, 3.0])
    steep, flat = (
        fit(linear_parameters.validated({"predictor_type": "regressor", "wd": wd}), features, labels)
        for wd in ("0", "1")
    )
    assert steep[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-9)
    assert flat[0, 0] == pytest.approx(0.5)


def test_an_empty_cell_is_a_gap_and_a_text_is_refused() -> None:
    assert np.isnan(csv_matrix("1,\n2,3\n", "a.csv")[0, 1])
    with pytest.raises(UserError, match=r"Non-numeric value found in a.csv: 'Price,Size'"):
        csv_matrix("Price,Size\n1,2\n", "a.csv")
    with pytest.raises(UserError, match="row 2 has 1 columns, not 2"):
        csv_matrix("1,2\n3\n", "a.csv")


def test_libsvm_keeps_its_indices() -> None:
    labels, features = parse("1 0:5 2:7\n0 1:3\n")
    assert labels.tolist() == [1.0, 0.0]
    assert features.toarray().tolist() == [[5.0, 0.0, 7.0], [0.0, 3.0, 0.0]]
    with pytest.raises(UserError, match="Row 1 is not in libsvm format"):
        parse("1 a:b\n")
