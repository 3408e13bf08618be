"""Every form that a model can have passes the checks of a synth: nothing is found that is not explained."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.security.test_synth_gate import PROJECT, REPORT, run

IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/mine@sha256:{'0123abcd' * 8}"
FOREST = {"algorithm": "random-forest", "hyperparameters": {"n_estimators": {"min": 10, "max": 100}}}
BOOSTED = {"algorithm": "xgboost", "hyperparameters": {"eta": {"min": 0.1, "max": 0.5}}}
OWN_BUCKET = {"type": "s3", "bucket": "their-bucket", "prefix": "exports/"}
VARIANTS: dict[str, dict[str, Any]] = {
    "tuned": {**FOREST, "training": {"tuning": {"max_jobs": 4, "max_parallel": 2}}},
    "tuned-built-in": {**BOOSTED, "training": {"tuning": {"strategy": "hyperband"}}},
    "spot": {"algorithm": "random-forest", "training": {"spot": True}},
    "spot-built-in": {"algorithm": "xgboost", "training": {"spot": True, "instance_count": 3}},
    "built-in": {"algorithm": "linear-learner"},
    "container": {"algorithm": "container", "image": IMAGE},
    "scheduled": {
        "training": {"schedule": "rate(1 day)", "on_new_data": True},
        "cost": {"park": {"schedule": {"from": "cron(0 18 ? * MON-FRI *)", "to": "cron(0 6 ? * MON-FRI *)"}}},
    },
    "idle": {"cost": {"park": {"idle_hours": 6, "wake_on_predict": True}}},
    "of-another-bucket": {"source": OWN_BUCKET, "training": {"on_new_data": True}},
    "local-disks": {
        "training": {"instance_type": "ml.g4dn.xlarge"},
        "serving": {"type": "realtime", "instance_type": "ml.m5d.large"},
    },
    "stepwise": {"rollout": {"strategy": "linear", "linear_step_percent": 25, "bake_seconds": 60}},
    "fixed": {"serving": {"type": "realtime", "min_instances": 1, "max_instances": 1}},
    "by-hand": {"gate": {"metric": "rmse", "threshold": 5000, "approval": "manual"}},
}


def write(folder: Path, name: str, changes: dict[str, Any]) -> None:
    """House prices under that name, changed."""
    shutil.copytree(PROJECT / "models" / "house-prices", folder / name)
    file = folder / name / "model.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changes, "name": name}))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the checks say of an app of all variants, and of the shipped model with scripts."""
    folder, outdir = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("out")
    for name, changes in VARIANTS.items():
        write(folder, name, changes)
    shutil.copytree(PROJECT / "models" / "iris", folder / "iris")
    synth = run(["app.py"], outdir, models=folder, validation="true", hash_seed="1")
    assert synth.returncode == 0, synth.stdout + synth.stderr
    assert "WARNING" not in synth.stdout + synth.stderr
    return json.loads((outdir / REPORT).read_text())["pluginReports"]


def test_no_form_of_a_model_has_a_finding_that_is_not_explained(reports: list[dict[str, Any]]) -> None:
    assert [violation for report in reports for violation in report["violations"]] == []
    suppressed = [finding for report in reports for finding in report["suppressedViolations"]]
    assert [finding["acknowledgedId"] for finding in suppressed if not finding["reason"].strip()] == []


@pytest.mark.parametrize("name", [*VARIANTS, "iris"])
def test_every_variant_was_looked_at(reports: list[dict[str, Any]], name: str) -> None:
    text = json.dumps([finding for report in reports for finding in report["suppressedViolations"]])
    assert f"lifecycle-dev-training/{name}/" in text


def test_a_finding_would_be_seen(tmp_path: Path) -> None:
    """The checks are on in such an app: a grant to everything, which nobody explained, ends its synth."""
    write(tmp_path / "models", "tuned", VARIANTS["tuned"])
    code = (
        "import runpy, sagemaker_lifecycle.nag as nag\n"
        "nag.accept_wildcards = lambda *_, **__: None\n"
        "runpy.run_path('app.py', run_name='__main__')\n"
    )
    synth = run(["-c", code], tmp_path / "out", models=tmp_path / "models", validation="true", hash_seed="1")
    assert synth.returncode != 0
    assert "AwsSolutions-IAM5" in synth.stdout + synth.stderr
