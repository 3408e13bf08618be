"""What each algorithm takes: task, types of features, hyperparameters, machines, and what it needs beside."""

from pathlib import Path

import pytest

from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.algorithms import ALGORITHMS
from tests.unit.spec.conftest import write_scripts

CLASSES = {"task": "classification", "gate": {"metric": "accuracy", "threshold": 0.8}}
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/mine@sha256:{'0123abcd' * 8}"


def loaded(path: Path) -> ModelSpec:
    return load_model(path.parent)


def test_a_task_that_is_none_is_refused(refusals) -> None:
    (message,) = refusals(task="clustering")
    assert "task: 'clustering' is unknown; allowed: regression, classification" in message


@pytest.mark.parametrize(
    ("task", "metric", "allowed"),
    [
        ("regression", "accuracy", "rmse, mae, r2"),
        ("classification", "rmse", "accuracy, f1, roc_auc, log_loss"),
    ],
)
def test_the_metric_of_the_gate_belongs_to_the_task(refusals, task: str, metric: str, allowed: str) -> None:
    (message,) = refusals(task=task, algorithm="svm", gate={"metric": metric, "threshold": 1})
    assert f"gate.metric: '{metric}' measures " in message
    assert message.endswith(f"the task is {task}; allowed: {allowed}")


@pytest.mark.parametrize(
    ("metric", "direction"), [("accuracy", "maximize"), ("f1", "maximize"), ("log_loss", "minimize")]
)
def test_metrics_of_classification_have_their_direction(write_model, metric: str, direction: str) -> None:
    spec = loaded(write_model(**CLASSES | {"gate": {"metric": metric, "threshold": 0.5}}, algorithm="svm"))
    assert (spec.gate.direction, spec.gate.metric_name) == (direction, f"validation:{metric}")


@pytest.mark.parametrize(("metric", "threshold"), [("accuracy", 1.1), ("roc_auc", 2), ("log_loss", -1)])
def test_a_gate_of_classes_that_nothing_passes_is_refused(refusals, metric: str, threshold: float) -> None:
    gate = {"metric": metric, "threshold": threshold}
    (message,) = refusals(task="classification", algorithm="svm", gate=gate)
    assert f"gate.threshold: {threshold:g} is never reached: {metric}" in message


def test_linear_regression_does_no_classes(refusals) -> None:
    (message,) = refusals(**CLASSES)
    assert "algorithm: linear-regression does not do classification; allowed: random-forest, svm" in message


@pytest.mark.parametrize("algorithm", ["linear-learner", "xgboost"])
@pytest.mark.parametrize("kind", ["category", "boolean", "date"])
def test_aws_own_algorithms_take_numbers_only(refusals, algorithm: str, kind: str) -> None:
    features = [{"name": "SquareFeet", "type": kind}]
    (message,) = refusals(algorithm=algorithm, features=features, csv=None, source={"type": "s3"})
    assert f"features[0].type: {kind} is not for {algorithm}: the algorithm reads numbers" in message
    assert message.endswith("allowed: number")


def test_linear_learner_takes_no_empty_cells(refusals) -> None:
    (message,) = refusals(algorithm="linear-learner", features=[{"name": "SquareFeet", "optional": True}])
    assert "features[0].optional: linear-learner takes no empty cells; allowed: false" in message


def test_what_aws_own_algorithm_does_not_report_is_no_gate(refusals) -> None:
    csv = "SquareFeet,Price\n" + "".join(f"{n},{n}\n" for n in range(10))
    (message,) = refusals(csv=csv, algorithm="xgboost", gate={"metric": "r2", "threshold": 0.5})
    assert "gate.metric: xgboost does not report r2; allowed: rmse, mae" in message


def test_what_it_reports_for_two_classes_only_is_no_gate_for_more(refusals) -> None:
    gate = {"metric": "roc_auc", "threshold": 0.5}
    three = "SquareFeet,Price\n1,0\n2,0\n3,1\n4,1\n5,2\n6,2\n"
    (message,) = refusals(
        task="classification", algorithm="xgboost", gate=gate, hyperparameters={"num_class": 3}, csv=three
    )
    assert "gate.metric: xgboost does not report roc_auc for more than two classes" in message


@pytest.mark.parametrize(
    ("algorithm", "given", "said"),
    [
        (
            "random-forest",
            {"n_estimators": 0},
            "n_estimators: 0 is not allowed; allowed: a whole number from 1",
        ),
        ("random-forest", {"n_estimators": 2001}, "n_estimators: 2001 is not allowed"),
        ("random-forest", {"n_estimators": 1.5}, "n_estimators: 1.5 is not allowed"),
        ("random-forest", {"n_estimators": True}, "n_estimators: True is not allowed"),
        (
            "random-forest",
            {"max_depth": 65},
            "max_depth: 65 is not allowed; allowed: a whole number from 1 up",
        ),
        (
            "random-forest",
            {"max_features": 0},
            "max_features: 0 is not allowed; allowed: a number above 0 up to 1",
        ),
        ("random-forest", {"max_features": "sqr"}, "or sqrt or log2; did you mean 'sqrt'?"),
        (
            "random-forest",
            {"n_estimator": 5},
            "allowed: n_estimators, max_depth, min_samples_leaf, max_features",
        ),
        ("svm", {"kernel": "poly"}, "kernel: 'poly' is not allowed; allowed: rbf or linear"),
        ("svm", {"C": 0}, "C: 0 is not allowed; allowed: a number above 0"),
        (
            "linear-regression",
            {"fit_intercept": 1},
            "fit_intercept: 1 is not allowed; allowed: true or false",
        ),
        ("xgboost", {"eta": 1.1}, "eta: 1.1 is not allowed; allowed: a number from 0 up to 1"),
        ("linear-learner", {"epochs": 0}, "epochs: 0 is not allowed"),
        ("linear-learner", {"predictor_type": "regressor"}, "predictor_type: unknown key"),
    ],
)
def test_a_hyperparameter_out_of_range_is_refused(refusals, algorithm: str, given: dict, said: str) -> None:
    (message,) = refusals(algorithm=algorithm, hyperparameters=given)
    assert said in message
    assert message.startswith("houses/model.yaml:16: hyperparameters.")


@pytest.mark.parametrize(
    ("algorithm", "given"),
    [
        ("random-forest", {"n_estimators": 2000, "max_depth": "none", "max_features": 1}),
        ("svm", {"kernel": "linear", "C": 0.5, "gamma": "scale", "epsilon": 0}),
        ("xgboost", {"num_round": 10, "eta": 0.1, "lambda": 2}),
        ("linear-learner", {"mini_batch_size": 5, "learning_rate": "auto"}),
    ],
)
def test_hyperparameters_within_their_range_are_taken(write_model, algorithm: str, given: dict) -> None:
    spec = loaded(write_model(algorithm=algorithm, hyperparameters=given))
    assert spec.hyperparameters == given
    assert spec.ranges == ()


def test_values_reach_the_job_as_json_and_texts_as_they_are(write_model) -> None:
    given = {"n_estimators": 200, "max_features": "sqrt"}
    told = loaded(write_model(algorithm="random-forest", hyperparameters=given)).training_hyperparameters()
    assert (told["n_estimators"], told["max_features"]) == ("200", "sqrt")
    off = loaded(write_model(hyperparameters={"fit_intercept": False})).training_hyperparameters()
    assert off["fit_intercept"] == "false"


def test_epsilon_is_for_regression_only(refusals) -> None:
    (message,) = refusals(**CLASSES, algorithm="svm", hyperparameters={"epsilon": 0.1})
    assert "hyperparameters.epsilon: belongs to regression" in message


def test_several_instances_are_for_aws_own_algorithms(write_model, refusals) -> None:
    path = write_model(algorithm="xgboost", training={"instance_count": 3})
    assert loaded(path).training.instance_count == 3
    (message,) = refusals(algorithm="random-forest", training={"instance_count": 2})
    assert "training.instance_count: 2 is not for random-forest: scikit-learn fits on one machine" in message
    assert message.endswith("allowed: 1")


def test_where_data_is_prepared_is_for_aws_own_algorithms(write_model, refusals) -> None:
    path = write_model(algorithm="xgboost", training={"processing_instance_type": "ml.r5.4xlarge"})
    assert loaded(path).training.processing_instance_type == "ml.r5.4xlarge"
    (message,) = refusals(algorithm="random-forest", training={"processing_instance_type": "ml.m5.large"})
    assert "training.processing_instance_type: random-forest has no processing jobs" in message
    (message,) = refusals(algorithm="xgboost", training={"processing_instance_type": "ml.r5.4xlrge"})
    assert "'ml.r5.4xlrge' is no instance type of SageMaker processing" in message
    assert "ml.r5.4xlarge" in message


def test_checkpoints_come_with_spot_when_the_algorithm_can(write_model) -> None:
    for algorithm, kept in (("random-forest", True), ("xgboost", True), ("svm", False)):
        assert loaded(write_model(algorithm=algorithm, training={"spot": True})).checkpoints is kept
    assert not loaded(write_model(algorithm="random-forest")).checkpoints


def test_checkpoints_of_an_algorithm_that_writes_none_are_refused(refusals) -> None:
    (message,) = refusals(algorithm="svm", training={"checkpoints": True})
    assert "training.checkpoints: svm writes no checkpoints; allowed: false" in message


def test_spot_without_checkpoints_ends_after_an_hour_with_aws_own_algorithms(refusals, write_model) -> None:
    training = {"spot": True, "max_runtime_seconds": 7200}
    (message,) = refusals(algorithm="linear-learner", training=training)
    assert "training.max_runtime_seconds: 7200 is too long on spot capacity" in message
    assert loaded(write_model(algorithm="xgboost", training=training)).checkpoints


def test_a_script_needs_its_two_files_beside_the_model_yaml(refusals, write_model) -> None:
    messages = refusals(algorithm="script")
    assert [message.replace("houses/", "") for message in messages] == [
        f"model.yaml:9: algorithm: script needs {name}; allowed: {name} beside the model.yaml"
        for name in ("inference.py", "train.py")
    ]
    path = write_model(algorithm="script", hyperparameters={"depth": 3, "mode": "fast", "deep": True})
    write_scripts(path.parent)
    told = loaded(path).training_hyperparameters()
    assert (told["depth"], told["mode"], told["deep"]) == ("3", "fast", "true")


@pytest.mark.parametrize("name", ["target", "features-2", "sagemaker_program", "_tuning_objective_metric"])
def test_a_hyperparameter_of_a_script_with_a_taken_name_is_refused(refusals, name: str) -> None:
    (message,) = refusals(algorithm="container", image=IMAGE, hyperparameters={name: 1})
    assert f"hyperparameters.{name}: the name is taken" in message


def test_a_text_of_a_script_that_no_job_takes_is_refused(refusals) -> None:
    (message,) = refusals(algorithm="container", image=IMAGE, hyperparameters={"text": "a\nb"})
    assert "hyperparameters.text: 'a\\nb' is too long or has line breaks" in message


def test_a_container_needs_an_image(refusals, write_model) -> None:
    (message,) = refusals(algorithm="container")
    assert "image: is missing: container needs the ECR address of an image, with its digest" in message
    assert loaded(write_model(algorithm="container", image=IMAGE)).image == IMAGE


def test_an_image_is_for_a_container_only(refusals) -> None:
    (message,) = refusals(image=IMAGE)
    assert "image: belongs to algorithm container, not to linear-regression" in message


@pytest.mark.parametrize(
    "image",
    [
        "mine:1",
        f"docker.io/library/mine@sha256:{'0' * 64}",
        IMAGE[:-1],
        IMAGE + "0",
        IMAGE.replace("@", ":1@"),
        IMAGE.upper(),
    ],
)
def test_an_image_is_an_ecr_address_with_a_digest(refusals, image: str) -> None:
    (message,) = refusals(algorithm="container", image=image)
    assert "is not well formed; allowed: text (container only: address of the image in ECR, with" in message


@pytest.mark.parametrize(("tag", "named"), [(":v1.2_3", "v1.2_3"), ("", "latest")])
def test_an_image_by_its_tag_is_refused_with_the_command_that_tells_its_digest(
    refusals, tag: str, named: str
) -> None:
    registry = "210987654321.dkr.ecr.eu-west-1.amazonaws.com"
    (message,) = refusals(algorithm="container", image=f"{registry}/team/mine{tag}")
    assert f"image: '{registry}/team/mine{tag}' names an image by its tag, which can be moved" in message
    assert f"allowed: {registry}/team/mine@ and the digest" in message
    assert message.endswith(
        "aws ecr describe-images --registry-id 210987654321 --region eu-west-1 --repository-name team/mine "
        f"--image-ids imageTag={named} --query 'imageDetails[0].imageDigest' --output text"
    )


def test_onnx_is_for_random_forests_only(refusals, write_model) -> None:
    serving = {"type": "realtime", "format": "onnx"}
    spec = loaded(write_model(algorithm="random-forest", serving=serving))
    assert spec.training_hyperparameters()["format"] == "onnx"
    for algorithm in ("linear-regression", "svm", "linear-learner", "xgboost"):
        (message,) = refusals(algorithm=algorithm, serving=serving)
        assert f"serving.format: onnx is not for {algorithm}: it is for trees" in message
        assert message.startswith("houses/model.yaml:")
        assert message.endswith("; allowed: portable")


def test_a_form_that_nobody_knows_is_refused(refusals) -> None:
    (message,) = refusals(serving={"type": "realtime", "format": "pickle"})
    assert message.endswith("serving.format: 'pickle' is unknown; allowed: portable, onnx")


def test_every_default_of_the_table_is_a_value_that_is_allowed() -> None:
    for algorithm in ALGORITHMS.values():
        for known in (algorithm.hyperparameters or {}).values():
            first = known.default.partition(",")[0]
            value = {"true": True, "false": False}.get(first, first)
            if isinstance(value, str) and value[0].isdigit():
                value = float(value)
            assert value == "none" or not known.fault(value), (known, value)


def test_the_trials_of_a_tuning_job_share_no_checkpoints(refusals, write_model) -> None:
    tuned = {"algorithm": "random-forest", "hyperparameters": {"n_estimators": [5, 10]}}
    assert not loaded(write_model(**tuned, training={"spot": True})).checkpoints
    (message,) = refusals(**tuned, training={"checkpoints": True})
    assert "training.checkpoints: the trials of a tuning job would share them" in message


@pytest.mark.parametrize(
    ("algorithm", "task", "key", "value"),
    [
        ("xgboost", "regression", "num_class", 3),
        ("linear-learner", "regression", "num_classes", 3),
        ("xgboost", "regression", "scale_pos_weight", 2),
        ("linear-learner", "classification", "normalize_label", True),
        ("svm", "classification", "epsilon", 0.1),
    ],
)
def test_a_hyperparameter_of_the_other_task_is_refused(
    refusals, algorithm: str, task: str, key: str, value: object
) -> None:
    gate = {"metric": "rmse" if task == "regression" else "accuracy", "threshold": 0.5}
    other = "classification" if task == "regression" else "regression"
    (message,) = refusals(algorithm=algorithm, task=task, gate=gate, hyperparameters={key: value})
    assert f"hyperparameters.{key}: belongs to {other}, not to {task}; remove it" in message


def test_exact_trees_are_not_for_several_instances(refusals) -> None:
    given = {"algorithm": "xgboost", "hyperparameters": {"tree_method": "exact"}}
    (message,) = refusals(**given, training={"instance_count": 2})
    assert "hyperparameters.tree_method: exact is not for 2 instances; allowed: auto, approx, hist" in message


def test_a_weight_of_nothing_is_refused(refusals) -> None:
    given = {"task": "classification", "gate": {"metric": "accuracy", "threshold": 0.5}}
    (message,) = refusals(algorithm="xgboost", hyperparameters={"scale_pos_weight": 0}, **given)
    assert "scale_pos_weight: 0 is not allowed; allowed: a number above 0" in message
