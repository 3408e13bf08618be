"""What differs between environments."""

import json
from pathlib import Path

from tests.app_synthesis import new_app


def protections(assembly: Path) -> list[bool]:
    """Of each stack of a synth, whether CloudFormation refuses to delete it."""
    artifacts = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"].values()
    stacks = [it["properties"] for it in artifacts if it["type"] == "aws:cloudformation:stack"]
    return [it.get("terminationProtection", False) for it in stacks]


def test_only_prod_refuses_to_have_its_stacks_deleted(assembly: Path, tmp_path: Path) -> None:
    assert protections(assembly) == [False] * 5
    new_app("prod", tmp_path).synth()
    assert protections(tmp_path) == [True] * 5
