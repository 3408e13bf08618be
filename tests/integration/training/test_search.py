"""A model with ranges, from the search to the registry."""

from __future__ import annotations

from typing import Any

from cli.session import Session
from tests.integration.walking import train

MODEL = "tuned"


def test_the_best_trial_is_registered_with_all_trials_in_its_metadata(life: Session) -> None:
    trained = train(life, MODEL)
    assert trained.status == "PendingManualApproval", trained.reason
    sagemaker = life.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=trained.package)
    metadata = package["CustomerMetadataProperties"]
    trials: list[dict[str, Any]] = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=metadata["tuning_job"]
    )["TrainingJobSummaries"]
    assert sorted(each["TunedHyperParameters"]["min_samples_leaf"] for each in trials) == ["1", "12", "2"]
    values = {
        each["TrainingJobName"]: each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for each in trials
    }
    assert len(set(values.values())) > 1, "a search among equals finds nothing"
    ranked = sorted(trials, key=lambda each: values[each["TrainingJobName"]])
    best = ranked[0]["TrainingJobName"]
    assert values[best] == trained.metrics["validation:rmse"]
    assert metadata["training_job"] == trained.job == best
    job = sagemaker.describe_training_job(TrainingJobName=best)
    [container] = package["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == job["ModelArtifacts"]["S3ModelArtifacts"]
    for number, each in enumerate(ranked, start=1):
        name, leaf = each["TrainingJobName"], each["TunedHyperParameters"]["min_samples_leaf"]
        assert metadata[f"trial:{number:02}"] == f"{name}: {values[name]:g} min_samples_leaf={leaf}"
    assert "trial:04" not in metadata
