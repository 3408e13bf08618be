"""The whole line: a script trains, its artefact is registered, served and asked."""

from __future__ import annotations

import json
from typing import Any


def test_a_trained_model_is_registered_served_and_answers(line: Any) -> None:
    job = line.trained()
    assert job["TrainingJobStatus"] == "Completed", job
    group = line.name("group")
    line.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    package = line.package(job["ModelArtifacts"]["S3ModelArtifacts"], group)
    model = line.name("model")
    line.sagemaker.create_model(
        ModelName=model,
        ExecutionRoleArn=line.role,
        PrimaryContainer={"ModelPackageName": package},
        EnableNetworkIsolation=True,
    )
    endpoint = line.endpoint(line.config({"champion": (model, 1)}))
    answer = line.runtime.invoke_endpoint(
        EndpointName=endpoint, Body=b"3", ContentType="application/json", CustomAttributes="trace=1"
    )
    assert json.loads(answer["Body"].read())["predictions"] == [300.0]
    assert answer["InvokedProductionVariant"] == "champion"
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "trace=1"
