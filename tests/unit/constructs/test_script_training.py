"""A model with a train.py of its own: its folder is packed and runs in place of algorithms/."""

from pathlib import Path

import pytest
from aws_cdk import aws_iam as iam

from sagemaker_lifecycle.algorithm_bundle import bundle_bytes
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_code import TrainingCode
from tests.unit.constructs.test_training_request import ROLE_ARN, SPEC
from tests.unit.synthesis import empty_stack


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
    assert b"# data/houses.csv" not in packed
    assert b"# model.yaml" not in packed


def test_another_script_is_other_code(folder: Path) -> None:
    stack = empty_stack()
    role = iam.Role.from_role_arn(stack, "Role", ROLE_ARN)
    before = TrainingCode(stack, "Before", reader=role, source=folder)
    (folder / "train.py").write_text("print('other')\n")
    after = TrainingCode(stack, "After", reader=role, source=folder)
    assert before.content_hash != after.content_hash


def test_a_model_knows_its_folder_once_it_is_loaded_from_one(folder: Path) -> None:
    assert ModelSpec.read(SPEC, folder).folder == folder
    with pytest.raises(LookupError, match="model houses was not loaded from a folder"):
        _ = ModelSpec.model_validate(SPEC).folder
