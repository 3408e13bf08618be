"""The app as the CDK CLI runs it: a process of its own, no account, no network, every check on."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app_synthesis import SHIPPED
from tests.security.accepted_findings import ACCEPTED

PROJECT = Path(__file__).resolve().parents[2]
REPORT = "validation-report.json"
BROKEN_APP = """
from aws_cdk import App, CfnResource, Stack
app = App()
CfnResource(Stack(app, "Broken"), "Bucket", type="AWS::S3::Bucket", properties={"Nonsense": 1})
app.synth()
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the model that the project ships with."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(PROJECT / "models" / SHIPPED, folder / SHIPPED)
    return folder


def run(
    code: list[str], outdir: Path, *, models: Path, validation: str, hash_seed: str
) -> subprocess.CompletedProcess[str]:
    """A synth by a fresh interpreter, without any credentials or region in the environment."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"] | {"models": str(models)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_VALIDATION": validation,
        "PYTHONHASHSEED": hash_seed,
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, *code], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A synth with every check on."""
    outdir = tmp_path_factory.mktemp("checked")
    synth = run(["app.py"], outdir, models=models, validation="true", hash_seed="1")
    assert synth.returncode == 0, synth.stdout + synth.stderr
    assert "WARNING" not in synth.stdout + synth.stderr
    return outdir


@pytest.fixture(scope="module")
def reports(checked: Path) -> list[dict[str, Any]]:
    return json.loads((checked / REPORT).read_text())["pluginReports"]


def test_no_check_finds_anything_not_even_to_warn_of(reports: list[dict[str, Any]]) -> None:
    assert [report["pluginName"] for report in reports if report["conclusion"] != "success"] == []
    assert [violation for report in reports for violation in report["violations"]] == []


def test_every_accepted_finding_is_on_the_list_and_every_line_of_the_list_is_needed(
    reports: list[dict[str, Any]],
) -> None:
    accepted: dict[str, set[str]] = {}
    for report in reports:
        for finding in report["suppressedViolations"]:
            rule = finding["acknowledgedId"].removeprefix("AwsSolutions::AwsSolutions-")
            accepted.setdefault(finding["acknowledgedAt"], set()).add(rule)
    assert accepted == ACCEPTED


def test_every_accepted_finding_has_its_reason(reports: list[dict[str, Any]]) -> None:
    unexplained = [
        finding["acknowledgedId"]
        for report in reports
        for finding in report["suppressedViolations"]
        if not finding["reason"].strip()
    ]
    assert unexplained == []


def test_the_templates_own_checker_stops_a_synth(tmp_path: Path, models: Path) -> None:
    """Without this, a checker that is off would look like one that finds nothing."""
    broken = run(["-c", BROKEN_APP], tmp_path, models=models, validation="true", hash_seed="1")
    assert broken.returncode != 0
    assert "Nonsense" in broken.stdout + broken.stderr


def test_two_synths_are_byte_identical(checked: Path, tmp_path: Path, models: Path) -> None:
    again = run(["app.py"], tmp_path, models=models, validation="false", hash_seed="2")
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path) == contents(checked)


def test_a_bad_model_file_ends_a_synth_with_its_message_alone(tmp_path: Path, models: Path) -> None:
    bad = tmp_path / "models"
    shutil.copytree(models, bad)
    file = bad / SHIPPED / "model.yaml"
    file.write_text(file.read_text().replace("target:", "targt:"))
    synth = run(["app.py"], tmp_path / "out", models=bad, validation="false", hash_seed="1")
    assert synth.returncode == 1
    assert "model.yaml" in synth.stderr
    assert "targt" in synth.stderr
    assert "Traceback" not in synth.stderr


def test_a_template_that_is_too_large_ends_a_synth_with_its_message_alone(
    tmp_path: Path, models: Path
) -> None:
    code = (
        "import runpy, sagemaker_lifecycle.template_sizes as sizes\n"
        "sizes.LIMIT = 1000\n"
        "runpy.run_path('app.py', run_name='__main__')\n"
    )
    synth = run(["-c", code], tmp_path, models=models, validation="false", hash_seed="1")
    assert synth.returncode == 1
    assert "lifecycle-dev-foundation: its template has" in synth.stderr
    assert "Traceback" not in synth.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a synth but the report, which only a synth with checks has."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != REPORT
    }
