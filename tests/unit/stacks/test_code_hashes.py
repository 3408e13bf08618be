"""What a model package is told of the code that trained: the hash of scripts, or an image's digest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_code import TrainingCode
from tests.unit.stacks.whole_app import declared, synthesized
from tests.unit.template_values import of_type
from tests.unit.training_values import plain

IRIS = Path(__file__).parents[3] / "models" / "iris"
DIGEST = f"sha256:{'0123abcd' * 8}"
OTHER_DIGEST = f"sha256:{'0' * 64}"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
ELSEWHERE = "210987654321.dkr.ecr.eu-west-1.amazonaws.com/theirs"
FORMS: dict[str, dict[str, Any]] = {
    "line": {},
    "boosted": {"algorithm": "xgboost"},
    "script": {"algorithm": "script"},
    "container": {"algorithm": "container", "image": f"{REGISTRY}/team/mine@{DIGEST}"},
    "container-copied": {"algorithm": "container", "image": f"{ELSEWHERE}@{DIGEST}"},
    "container-other": {"algorithm": "container", "image": f"{REGISTRY}/team/mine@{OTHER_DIGEST}"},
}


def training_stack() -> dict[str, Any]:
    """The template of a stack with a model of each form."""
    models = [
        ModelSpec.read(declared(name, source={"type": "s3"}, **changes), IRIS)
        for name, changes in FORMS.items()
    ]
    return synthesized(models)["training"]


def told(training: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Of each form the code's hash and the digits of its definition."""
    machines = of_type(training["Resources"], "AWS::StepFunctions::StateMachine")
    texts = [plain(machine["DefinitionString"]) for machine in machines]
    found: dict[str, tuple[str, str]] = {}
    for name in FORMS:
        text = next(text for text in texts if f'"model":"{name}"' in text)
        [code_hash] = re.findall(r'"code_hash":"([^"]*)"', text)
        [definition] = set(re.findall(rf"'dev-{name}-([0-9a-f]{{8}})-{{}}'", text))
        found[name] = code_hash, definition
    return found


@pytest.fixture(scope="module")
def training() -> dict[str, Any]:
    return training_stack()


def test_the_code_of_a_container_is_its_images_digest(training: dict[str, Any]) -> None:
    hashes = {name: code_hash for name, (code_hash, _) in told(training).items()}
    assert (hashes["container"], hashes["container-other"]) == (DIGEST, OTHER_DIGEST)
    assert hashes["line"] == hashes["boosted"] != hashes["script"]
    assert all(re.fullmatch("[0-9a-f]{64}", hashes[name]) for name in ("line", "script"))


def test_another_digest_trains_anew_and_a_copy_in_another_registry_does_not(training: dict[str, Any]) -> None:
    definitions = {name: definition for name, (_, definition) in told(training).items()}
    assert definitions["container"] == definitions["container-copied"] != definitions["container-other"]


def test_a_change_of_algorithms_is_no_change_of_a_container(
    training: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.py").write_text("print('other')\n")
    monkeypatch.setattr(TrainingCode.__init__, "__kwdefaults__", {"source": tmp_path})
    before, after = told(training), told(training_stack())
    changed = {name for name in FORMS if before[name] != after[name]}
    assert changed == {"line", "boosted"}


def test_roles_may_pull_from_the_repository_of_an_image_by_digest(training: dict[str, Any]) -> None:
    policies = json.dumps(of_type(training["Resources"], "AWS::IAM::Policy"))
    assert ':ecr:us-east-1:123456789012:repository/team/mine"' in policies
    assert ':ecr:eu-west-1:210987654321:repository/theirs"' in policies
