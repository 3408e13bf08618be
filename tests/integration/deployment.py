"""Deploys a cloud assembly straight from cdk.out without the CLI: the same templates in less time."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.waiting import eventually

Client = Callable[..., Any]

PROJECT = Path(__file__).resolve().parents[2]
BOOTSTRAP = PROJECT / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"
ACCOUNT, REGION = "123456789012", "us-east-1"
QUALIFIER = "hnb659fds"
"""CDK's own, which names the roles and the bucket of a bootstrapped account."""


def bootstrap(client: Client) -> None:
    """What `cdk bootstrap` makes, by its own template."""
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName="CDKToolkit",
        TemplateBody=BOOTSTRAP.read_text(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": "FileAssetsBucketKmsKeyId", "ParameterValue": "AWS_MANAGED_KEY"},
            {"ParameterKey": "PublicAccessBlockConfiguration", "ParameterValue": "true"},
        ],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="CDKToolkit", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def deploy(client: Client, assembly: Path) -> list[str]:
    """Publish every asset and create or update every stack, in the manifest's order; answers their names."""
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: entry for name, entry in manifest.items() if entry["type"] == "aws:cloudformation:stack"}
    for entry in manifest.values():
        if entry["type"] == "cdk:asset-manifest":
            _publish(client, assembly, entry["properties"]["file"])
    done: list[str] = []
    while len(done) < len(stacks):
        ready = [
            name
            for name, entry in stacks.items()
            if name not in done and all(d in done or d not in stacks for d in entry.get("dependencies", []))
        ]
        for name in ready:
            _deploy_stack(client, name, stacks[name]["properties"])
            done.append(name)
    return done


def _publish(client: Client, assembly: Path, file: str) -> None:
    s3 = client("s3")
    for asset in json.loads((assembly / file).read_text())["files"].values():
        source = assembly / asset["source"]["path"]
        zipped = asset["source"]["packaging"] == "zip"
        for destination in asset["destinations"].values():
            body = _zip(source) if zipped else source.read_bytes()
            s3.put_object(Bucket=_filled(destination["bucketName"]), Key=destination["objectKey"], Body=body)


def _filled(text: str) -> str:
    return text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)


def _zip(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.getvalue()


def _deploy_stack(client: Client, name: str, properties: dict[str, Any]) -> None:
    cloudformation = client("cloudformation")
    known = {s["StackName"] for s in cloudformation.describe_stacks()["Stacks"]}
    verb = "update" if name in known else "create"
    bucket, key = _filled(properties["stackTemplateAssetObjectUrl"]).removeprefix("s3://").split("/", 1)
    role = f"arn:aws:iam::{ACCOUNT}:role/cdk-{QUALIFIER}-cfn-exec-role-{ACCOUNT}-{REGION}"
    getattr(cloudformation, f"{verb}_stack")(
        StackName=name,
        TemplateURL=f"https://{bucket}.s3.{REGION}.amazonaws.com/{key}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        RoleARN=role,
        Tags=[{"Key": k, "Value": v} for k, v in properties.get("tags", {}).items()],
    )
    settled = settle(client, name)
    if not settled["StackStatus"].endswith(f"{verb.upper()}_COMPLETE"):
        failures = [
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}"
            for e in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            if e["ResourceStatus"].endswith("FAILED")
        ]
        raise AssertionError(f"{name} ended {settled['StackStatus']}: {failures}")


def settle(client: Client, stack: str) -> dict[str, Any]:
    """The stack, once nothing goes on in it."""
    return eventually(
        lambda: client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0],
        lambda described: not described["StackStatus"].endswith("_IN_PROGRESS"),
    )
