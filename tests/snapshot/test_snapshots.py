"""Guards against surprise: every change of a template shows up in a diff. `make snapshots` accepts them."""

import difflib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.snapshot.normalise import normalised

Templates = dict[str, dict[str, Any]]
SNAPSHOTS = Path(__file__).with_name("templates")
STACKS = ("endpoint-house-prices", "foundation", "inference", "observability", "training")
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"


@pytest.mark.parametrize("stack", STACKS)
def test_the_template_is_the_one_that_was_reviewed(templates: Templates, stack: str) -> None:
    path = SNAPSHOTS / f"{stack}.json"
    now = normalised(templates[stack])
    if UPDATE:
        path.write_text(now, encoding="utf-8")
    reviewed = path.read_text(encoding="utf-8") if path.exists() else ""
    diff = "\n".join(
        difflib.unified_diff(reviewed.splitlines(), now.splitlines(), "reviewed", "now", lineterm="")
    )
    assert not diff, f"{stack}: review the change, then `make snapshots`\n{diff}"


def test_every_stack_has_a_snapshot_and_every_snapshot_a_stack(templates: Templates) -> None:
    assert set(templates) == set(STACKS)
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(STACKS)


def test_hashes_of_code_and_the_bootstrap_check_are_not_worth_a_diff() -> None:
    def template(digit: str) -> dict[str, Any]:
        return {
            "Parameters": {"BootstrapVersion": {"Default": f"/cdk-bootstrap/{digit}"}},
            "Rules": {"CheckBootstrapVersion": {"Assertions": [digit]}},
            "Resources": {
                "Function": {"S3Key": f"{digit * 64}.zip"},
                "Job": f"States.Format('dev-houses-{digit * 8}-{{}}', $.data.job_suffix)",
                "Again": f"States.Format('dev-houses-{digit * 8}-{{}}{{}}', $.data.retry_suffix, $.a)",
            },
        }

    assert normalised(template("1")) == normalised(template("2"))
    other = template("1")
    other["Resources"]["Function"]["Timeout"] = 3
    assert normalised(other) != normalised(template("1"))
