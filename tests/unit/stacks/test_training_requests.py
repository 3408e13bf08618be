"""Every request of the state machines, in every form of a model, against the services' own models."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.stacks.whole_app import declared, synthesized
from tests.unit.template_values import of_type
from tests.unit.training_values import evaluated, filled, plain

IRIS = Path(__file__).parents[3] / "models" / "iris"
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/mine@sha256:{'0123abcd' * 8}"
ETA: dict[str, Any] = {"eta": {"min": 0.1, "max": 0.5}}
DEPTH: dict[str, Any] = {"max_depth": {"min": 3, "max": 12}, "max_features": [0.5, 1.0]}
OWN: dict[str, Any] = {"C": {"min": 0.1, "max": 10, "scale": "logarithmic"}, "kernel": "rbf"}
SPOT: dict[str, Any] = {"spot": True, "max_runtime_seconds": 600}
FORMS: dict[str, dict[str, Any]] = {
    "line": {},
    "line-spot": {"training": SPOT},
    "machine": {"algorithm": "svm", "training": {"instance_type": "ml.g4dn.xlarge"}},
    "forest-spot": {"algorithm": "random-forest", "training": SPOT},
    "forest-tuned": {"algorithm": "random-forest", "hyperparameters": DEPTH, "training": SPOT},
    "boosted": {"algorithm": "xgboost"},
    "boosted-spread": {"algorithm": "xgboost", "training": {**SPOT, "instance_count": 3}},
    "boosted-tuned": {
        "algorithm": "xgboost",
        "hyperparameters": ETA,
        "training": {**SPOT, "tuning": {"strategy": "hyperband"}},
    },
    "learner": {"algorithm": "linear-learner"},
    "learner-tuned": {"algorithm": "linear-learner", "hyperparameters": {"l1": {"min": 0.001, "max": 1}}},
    "script": {"algorithm": "script", "hyperparameters": {"C": 1.5}},
    "script-tuned": {"algorithm": "script", "hyperparameters": OWN, "training": SPOT},
    "container": {"algorithm": "container", "image": IMAGE, "training": SPOT},
    "container-tuned": {"algorithm": "container", "image": IMAGE, "hyperparameters": OWN},
    "own-bucket": {"source": {"type": "s3", "bucket": "their-bucket", "prefix": "exports/"}},
}
CHANNEL = {
    "ChannelName": "train",
    "DataSource": {
        "S3DataSource": {
            "S3DataType": "ManifestFile",
            "S3Uri": "s3://artifacts/models/m/jobs/manifests/0.json",
        }
    },
}
DATA = {
    "job_suffix": "0123456789ab-01234567",
    "channels": [CHANNEL],
    "manifest": "s3://artifacts/models/m/jobs/manifests/0.json",
    "champion": {
        "package": "arn:aws:sagemaker:us-east-1:123456789012:model-package/lifecycle-dev-m/7",
        "job": "",
        "unmeasured": "",
    },
}
WITH_A_CHAMPION = {"createModel", "createTransformJob", "createProcessingJob", "deleteModel"}


@cache
def machines() -> dict[str, dict[str, Any]]:
    """The states of each form's machine, references resolved as far as a text can have them."""
    stored = {"source": {"type": "s3"}}
    models = [
        ModelSpec.read(declared(name, **{**stored, **changes}), IRIS) for name, changes in FORMS.items()
    ]
    training = synthesized(models)["training"]
    definitions = [
        resolved(plain(machine["DefinitionString"]))
        for machine in of_type(training["Resources"], "AWS::StepFunctions::StateMachine")
    ]
    return {
        name: next(json.loads(text)["States"] for text in definitions if f'"model":"{name}"' in text)
        for name in FORMS
    }


def resolved(text: str) -> str:
    """References to roles and keys as ARNs, others as names."""
    known = text.replace("<AWS::Partition>", "aws").replace("<AWS::Region>", "us-east-1")
    known = known.replace("<AWS::AccountId>", "123456789012").replace("<AWS::URLSuffix>", "amazonaws.com")
    arns = re.sub(r"<[^<>]*Arn[^<>]*>", "arn:aws:iam::123456789012:role/example", known)
    return re.sub(r"<[^<>]*>", "a-name", arns)


def requests(form: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each call of SageMaker's and what it is sent."""
    states = machines()[form]
    job: dict[str, Any] = {}
    for key, value in states["Job"]["Parameters"].items():
        if key.endswith(".$"):
            job[key.removesuffix(".$")] = evaluated(value, {"data": DATA})
    for state in states.values():
        if ":sagemaker:" in state.get("Resource", ""):
            call = state["Resource"].rpartition(":")[2].removesuffix(".sync")
            yield call, filled(state["Parameters"], {"data": DATA, "job": job})


@pytest.mark.parametrize("form", FORMS)
def test_every_request_is_one_that_sagemaker_accepts_with_all_references_resolved(form: str) -> None:
    service = botocore.session.get_session().get_service_model("sagemaker")
    for call, request in requests(form):
        operation = service.operation_model(call[0].upper() + call[1:])
        validate_parameters(request, operation.input_shape)
        text = json.dumps(request)
        assert '.$"' not in text
        assert "States." not in text
        assert "<" not in text


@pytest.mark.parametrize("form", FORMS)
def test_each_form_trains_as_it_should(form: str) -> None:
    calls = {call for call, _ in requests(form)}
    trains = "createHyperParameterTuningJob" if form.endswith("-tuned") else "createTrainingJob"
    assert {trains, trains.replace("create", "describe")} <= calls
    built_in = FORMS[form].get("algorithm") in ("xgboost", "linear-learner")
    assert calls >= WITH_A_CHAMPION if built_in else not calls & WITH_A_CHAMPION
