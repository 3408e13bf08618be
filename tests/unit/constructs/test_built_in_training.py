"""AWS's own algorithms: data prepared by a processing job, channels, settings that follow from the model."""

import json
from typing import Any

import pytest

from sagemaker_lifecycle.training_request import definition_hash
from tests.unit.constructs.test_training_request import SPEC, execute_format, filled, job, model, validated

FOREST = {"algorithm": "xgboost", "hyperparameters": {"eta": 0.1}}
LINE = {"algorithm": "linear-learner", "hyperparameters": {"mini_batch_size": 5}}
CLASSES: dict[str, Any] = {"task": "classification", "gate": {"metric": "accuracy", "threshold": 0.5}}


def requests_of(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The processing job's request and the training job's."""
    made = job(model(**changes))
    data = {"job_suffix": "f" * 21, "manifest": "s3://artifacts/manifest.json", "channels": []}
    named = {"name": execute_format(made.name, {"data": data})}
    for key, expression in (("prepared", made.prepared), ("checkpoints", made.checkpoints)):
        if expression:
            named[key] = execute_format(expression, {"data": data})
    state = {"data": data, "job": named}
    assert made.prepare is not None
    return filled(made.prepare, state), filled(made.request, state)


@pytest.mark.parametrize("changes", [FOREST, LINE, {**FOREST, "training": {"spot": True}}], ids=str)
def test_the_requests_are_ones_that_sagemaker_accepts(changes: dict[str, Any]) -> None:
    prepare, train = requests_of(**changes)
    validated(prepare, "CreateProcessingJob")
    validated(train)
    assert len(prepare["ProcessingJobName"]) <= 63
    assert "MetricDefinitions" not in train["AlgorithmSpecification"]


def test_a_tuned_one_is_accepted_too() -> None:
    changes = {"algorithm": "xgboost", "hyperparameters": {"eta": {"min": 0.1, "max": 0.5}}}
    _, tune = requests_of(**changes)
    validated(tune, "CreateHyperParameterTuningJob")
    assert [each["ChannelName"] for each in tune["TrainingJobDefinition"]["InputDataConfig"]] == [
        "train",
        "validation",
    ]


@pytest.mark.parametrize(("kind", "is_encrypted"), [("ml.r5.4xlarge", True), ("ml.r5d.4xlarge", False)])
def test_data_is_prepared_where_the_model_says(kind: str, is_encrypted: bool) -> None:
    prepare, train = requests_of(**FOREST, training={"processing_instance_type": kind})
    validated(prepare, "CreateProcessingJob")
    cluster = prepare["ProcessingResources"]["ClusterConfig"]
    assert (cluster["InstanceType"], "VolumeKmsKeyId" in cluster) == (kind, is_encrypted)
    assert train["ResourceConfig"]["InstanceType"] == "ml.m5.large"


def test_where_data_is_prepared_trains_nothing_anew() -> None:
    hashes = {
        definition_hash(model(**FOREST, training=training), "code", "image")
        for training in ({}, {"processing_instance_type": "ml.r5.4xlarge"})
    }
    assert len(hashes) == 1


def test_what_is_prepared_is_what_the_manifest_names() -> None:
    prepare, _ = requests_of(**FOREST)
    code, data = (each["S3Input"] for each in prepare["ProcessingInputs"])
    assert (data["S3DataType"], data["S3Uri"]) == ("ManifestFile", "s3://artifacts/manifest.json")
    assert (data["LocalPath"], code["S3DataType"]) == ("/opt/ml/processing/input/data", "S3Prefix")


def test_what_is_prepared_is_what_is_trained_on() -> None:
    prepare, train = requests_of(**FOREST)
    left = {
        each["OutputName"]: each["S3Output"]["S3Uri"] for each in prepare["ProcessingOutputConfig"]["Outputs"]
    }
    for channel in train["InputDataConfig"]:
        assert channel["DataSource"]["S3DataSource"]["S3Uri"] == left[channel["ChannelName"]]
    assert set(left) == {"train", "validation", "report"}


def test_the_gate_is_told_where_the_report_on_a_guess_lies() -> None:
    prepare, _ = requests_of(**FOREST)
    [report] = [
        each["S3Output"]["S3Uri"]
        for each in prepare["ProcessingOutputConfig"]["Outputs"]
        if each["OutputName"] == "report"
    ]
    made = job(model(**FOREST))
    assert made.baseline is not None
    found = execute_format(made.baseline, {"job": {"prepared": report.removesuffix("report/")}})
    assert found == f"{report}baseline.json"
    assert job(model()).baseline is None


def test_prepare_is_told_the_columns_in_arguments_of_256_characters() -> None:
    names = [f"column {index}" for index in range(40)]
    prepare, _ = requests_of(**FOREST, features={"number": names}, training={"instance_count": 3})
    folder, *pieces = prepare["AppSpecification"]["ContainerArguments"]
    assert folder == "/opt/ml/processing/input/code"
    assert all(len(piece) <= 256 for piece in (*pieces, *prepare["AppSpecification"]["ContainerEntrypoint"]))
    told = json.loads("".join(pieces))
    assert (told["target"], told["parts"]) == (SPEC["target"], "3")
    assert [feature["name"] for feature in json.loads(told["features"])] == names


def test_each_of_several_instances_gets_its_own_rows() -> None:
    _, train = requests_of(**FOREST, training={"instance_count": 3})
    kinds = [
        each["DataSource"]["S3DataSource"]["S3DataDistributionType"] for each in train["InputDataConfig"]
    ]
    assert kinds == ["ShardedByS3Key", "FullyReplicated"]
    assert train["EnableInterContainerTrafficEncryption"] is True


@pytest.mark.parametrize(
    ("changes", "classes"),
    [
        (FOREST, None),
        ({**FOREST, **CLASSES}, "2"),
        ({**FOREST, **CLASSES, "hyperparameters": {"num_class": 3}}, "3"),
        ({**LINE, **CLASSES, "hyperparameters": {"num_classes": 4}}, "4"),
    ],
)
def test_the_data_are_checked_for_the_number_of_classes_that_the_job_is_told(
    changes: dict[str, Any], classes: str | None
) -> None:
    prepare, _ = requests_of(**changes)
    _, *pieces = prepare["AppSpecification"]["ContainerArguments"]
    assert json.loads("".join(pieces)).get("classes") == classes


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        (FOREST, {"objective": "reg:squarederror", "eval_metric": "rmse", "num_round": "100", "eta": "0.1"}),
        ({**FOREST, **CLASSES}, {"objective": "binary:logistic", "eval_metric": "accuracy"}),
        (
            {"algorithm": "xgboost", **CLASSES, "hyperparameters": {"num_class": 3}},
            {"objective": "multi:softprob", "num_class": "3"},
        ),
        (LINE, {"predictor_type": "regressor", "mini_batch_size": "5"}),
        ({**LINE, **CLASSES}, {"predictor_type": "binary_classifier"}),
        (
            {"algorithm": "linear-learner", **CLASSES, "hyperparameters": {"num_classes": 3}},
            {"predictor_type": "multiclass_classifier", "num_classes": "3"},
        ),
    ],
)
def test_settings_follow_from_task_gate_and_classes(
    changes: dict[str, Any], settings: dict[str, str]
) -> None:
    _, train = requests_of(**changes)
    assert settings.items() <= train["HyperParameters"].items()
    assert "features" not in train["HyperParameters"]


def test_spot_without_checkpoints_ends_within_the_hour_that_sagemaker_allows() -> None:
    _, train = requests_of(**LINE, training={"spot": True})
    assert train["StoppingCondition"]["MaxWaitTimeInSeconds"] == 3600
