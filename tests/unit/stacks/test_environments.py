"""What differs between environments."""

import json
from pathlib import Path

import pytest
from aws_cdk import App

from sagemaker_lifecycle.environments import environment_named
from stacks.lifecycle_app import build
from tests.unit.stacks.whole_app import model
from tests.unit.synthesis import flags


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("prod", True)])
def test_only_prod_refuses_to_have_its_stacks_deleted(
    environment: str, protected: bool, tmp_path: Path
) -> None:
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context=flags(),
        outdir=str(tmp_path),
    )
    build(app, environment=environment_named(environment), models=[model()])
    app.synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["artifacts"].values()
    stacks = [it["properties"] for it in artifacts if it["type"] == "aws:cloudformation:stack"]
    assert [it.get("terminationProtection", False) for it in stacks] == [protected] * 5
