"""An accepted finding is exactly the one that was named."""

from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_lifecycle.nag import accept, accept_wildcards
from sagemaker_lifecycle.service_principal import service_principal
from tests.unit.synthesis import checked_app, empty_stack, found


def findings(outdir: Path, *, accepted: str | None, accept_all: bool = False) -> list[str]:
    """Findings on a role that may read two patterns of a bucket, with one of them accepted."""
    app = checked_app(outdir)
    stack = Stack(app, "test")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "bucket")
    role = iam.Role(stack, "Role", assumed_by=service_principal("lambda.amazonaws.com"))
    for pattern in ("a/*", "b/*"):
        resource = f"{bucket.bucket_arn}/{pattern}"
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource]))
        if accept_all or pattern == accepted:
            accept_wildcards(role, resource, because="of the test")
    return found(app, outdir)


def test_a_wildcard_that_nobody_accepted_fails_the_synth(tmp_path: Path) -> None:
    assert len(findings(tmp_path, accepted=None)) == 2


def test_accepting_one_wildcard_does_not_accept_another(tmp_path: Path) -> None:
    arn = "arn:<AWS::Partition>:s3:::bucket"
    assert findings(tmp_path, accepted="a/*") == [f"AwsSolutions-IAM5[Resource::{arn}/b/*]"]


def test_with_all_accepted_the_synth_passes(tmp_path: Path) -> None:
    assert findings(tmp_path, accepted=None, accept_all=True) == []


def test_an_acknowledgement_without_its_detail_is_no_acknowledgement(tmp_path: Path) -> None:
    app = checked_app(tmp_path)
    role = iam.Role(Stack(app, "test"), "Role", assumed_by=service_principal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"]))
    accept(role, "IAM5", because="of the test")
    assert found(app, tmp_path) == ["AwsSolutions-IAM5[Resource::*]"]


def test_an_acknowledgement_needs_its_reason() -> None:
    with pytest.raises(ValueError, match=r"S1 .* test/Bucket: no reason"):
        accept(s3.Bucket(empty_stack(), "Bucket"), "S1", because=" ")
