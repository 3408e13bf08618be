"""A model with a train.py of its own: its folder is packed and runs in place of algorithms/."""

import json
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk import aws_iam as iam

from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT, GUESS_FILES, bundle_bytes
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_code import TrainingCode
from stacks.lifecycle_app import build
from tests.unit.constructs.test_training_request import ROLE_ARN, SPEC, job, model
from tests.unit.synthesis import empty_stack, flags


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("train.py", "helpers/more.py", "requirements.txt", "data/houses.csv", "model.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {name}\n")
    return tmp_path


def test_scripts_and_requirements_are_packed_and_data_is_not(folder: Path) -> None:
    packed = bundle_bytes(folder)
    for name, there in (("train.py", True), ("helpers/more.py", True), ("requirements.txt", True)):
        assert (f"# {name}".encode() in packed) is there
    for name in ("user_script.py", "user_wheel.py", *GUESS_FILES):
        assert (ALGORITHMS_ROOT / name).read_bytes() in packed
    assert b"# data/houses.csv" not in packed
    assert b"# model.yaml" not in packed


def test_another_script_is_other_code(folder: Path) -> None:
    stack = empty_stack()
    role = iam.Role.from_role_arn(stack, "Role", ROLE_ARN)
    before = TrainingCode(stack, "Before", reader=role, source=folder)
    (folder / "train.py").write_text("print('other')\n")
    after = TrainingCode(stack, "After", reader=role, source=folder)
    assert before.content_hash != after.content_hash


def test_what_the_job_runs_packs_the_script_for_its_endpoint() -> None:
    program = {
        algorithm: job(model(algorithm=algorithm)).request["HyperParameters"]["sagemaker_program"]
        for algorithm in ("script", "svm")
    }
    assert program == {"script": "user_script.py", "svm": "train.py"}


def test_a_model_knows_its_folder_once_it_is_loaded_from_one(folder: Path) -> None:
    assert ModelSpec.read(SPEC, folder).folder == folder
    with pytest.raises(LookupError, match="model houses was not loaded from a folder"):
        _ = ModelSpec.model_validate(SPEC).folder


def test_the_registry_keeps_that_awss_server_serves_the_handlers_in_the_artefact() -> None:
    iris = load_model(Path(__file__).parents[3] / "models" / "iris")
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False, context=flags())
    build(app, environment=environment_named("dev"), models=[iris])
    [training] = [stack for stack in app.synth().stacks if stack.stack_name.endswith("-training")]
    machines = [each for each in training.template["Resources"].values() if "StateMachine" in each["Type"]]
    [definition] = [json.dumps(machine["Properties"]["DefinitionString"]) for machine in machines]
    environment = '{"SAGEMAKER_PROGRAM":"inference.py","SAGEMAKER_SUBMIT_DIRECTORY":"/opt/ml/model/code"}'
    assert json.dumps(f'"environment":{environment}')[1:-1] in definition
