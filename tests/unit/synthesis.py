"""One construct at a time, in a stack of its own, under the feature flags of cdk.json."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from sagemaker_lifecycle.nag import add_checks

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

ROOT = Path(__file__).resolve().parents[2]


@cache
def flags() -> dict[str, Any]:
    """The feature flags of cdk.json."""
    return json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]


def empty_stack(name: str = "test") -> Stack:
    """A stack in an app of its own; the template validator is off, it has a test of its own."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False, context=flags())
    return Stack(app, name)


def checked_app(outdir: Path) -> App:
    """An app whose synth into `outdir` fails on findings that nobody accepted."""
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context=flags(),
        outdir=str(outdir),
    )
    add_checks(app)
    return app


def found(app: App, outdir: Path) -> list[str]:
    """The rules that a `checked_app` breaks, as its synth reports them."""
    try:
        app.synth()
    except RuntimeError:
        reports = json.loads((outdir / "validation-report.json").read_text())["pluginReports"]
        return [violation["ruleName"] for report in reports for violation in report["violations"]]
    return []


def template_of(stack: Stack) -> dict[str, Any]:
    """The stack's template as CloudFormation gets it."""
    return Template.from_stack(stack).to_json()


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Statements of every IAM policy of the template, with actions and resources as lists."""
    return [
        {**statement, "Action": _list(statement["Action"]), "Resource": _list(statement["Resource"])}
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


def statement_of(template: dict[str, Any], action: str) -> dict[str, Any]:
    """The one statement that allows the action."""
    [statement] = [each for each in statements(template) if action in each["Action"]]
    return statement


def written(value: Any) -> str:
    """A joined ARN as one text, references in angle brackets: `arn:<AWS::Partition>:…`."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(written(part) for part in parts)
    [target] = value.values()
    return f"<{target if isinstance(target, str) else '.'.join(target)}>"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
