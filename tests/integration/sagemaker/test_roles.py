"""What a role may not do, SageMaker cannot do in its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, IMAGE, archive


def role_of(
    line: Any,
    allowed: list[str],
    principal: str = "sagemaker.amazonaws.com",
    pull: tuple[str, ...] = ("ecr:*",),
    **condition: Any,
) -> str:
    """A role that may do what is allowed, and pull; its ARN."""
    name = line.name("role")
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "sts:AssumeRole",
    }
    if condition:
        trust["Condition"] = condition
    iam = line.client("iam")
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    statement = {"Effect": "Allow", "Action": [*allowed, *pull], "Resource": "*"}
    iam.put_role_policy(
        RoleName=name,
        PolicyName="allowed",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return role["Role"]["Arn"]


def test_a_role_that_does_not_trust_sagemaker_is_refused(line: Any) -> None:
    role = role_of(line, ["s3:*"], principal="lambda.amazonaws.com")
    with pytest.raises(ClientError) as caught:
        line.sagemaker.create_training_job(**line.training_request(RoleArn=role))
    assert caught.value.response["Error"]["Message"] == (
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


def test_trust_may_be_bound_to_training_jobs(line: Any) -> None:
    source = "arn:aws:sagemaker:us-east-1:123456789012:training-job/*"
    role = role_of(line, ["s3:*"], ArnLike={"aws:SourceArn": source})
    line.sagemaker.create_training_job(**line.training_request(RoleArn=role))
    with pytest.raises(ClientError, match="Could not assume role"):
        line.sagemaker.create_model(
            ModelName=line.name("model"),
            ExecutionRoleArn=role,
            PrimaryContainer=line.container(line.artefact(1)),
        )


def test_training_data_that_the_role_may_not_list_is_refused(line: Any) -> None:
    role = role_of(line, ["s3:GetObject", "s3:PutObject"])
    with pytest.raises(ClientError, match='has "s3:ListBucket" permissions'):
        line.sagemaker.create_training_job(**line.training_request(RoleArn=role))


def test_training_data_that_the_role_may_not_read_fails_the_job(line: Any) -> None:
    job = line.trained(RoleArn=role_of(line, ["s3:ListBucket", "s3:PutObject"]))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:AccessDenied (403)")
    assert "s3:GetObject" in job["FailureReason"]


def test_a_model_that_the_role_may_not_write_fails_the_job(line: Any) -> None:
    job = line.trained(RoleArn=role_of(line, ["s3:ListBucket", "s3:GetObject"]))
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:AccessDenied (403)")


def test_a_job_without_the_right_to_log_runs_without_logs(line: Any) -> None:
    job = line.trained(RoleArn=role_of(line, ["s3:*"]))
    assert job["TrainingJobStatus"] == "Completed"
    assert line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"]) == []


def test_model_data_that_the_role_may_not_read_is_refused(line: Any) -> None:
    url = line.artefact(1)
    with pytest.raises(ClientError, match=f"Could not access model data at {url}"):
        line.sagemaker.create_model(
            ModelName=line.name("model"),
            ExecutionRoleArn=role_of(line, ["s3:PutObject"]),
            PrimaryContainer=line.container(url),
        )


def test_code_in_a_container_acts_as_the_role_unless_isolated(line: Any) -> None:
    script = (
        "import os, boto3\n"
        "if 'AWS_SESSION_TOKEN' in os.environ:\n"
        "    print('identity', boto3.client('sts').get_caller_identity()['Arn'])\n"
        "    print('metric seen=1;')\n"
        "else:\n"
        "    print('metric seen=0;')\n"
    )
    request = line.training_request()
    request["HyperParameters"]["sagemaker_submit_directory"] = line.put(
        "code/identity.tar.gz", archive({"train.py": script})
    )
    request["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "seen", "Regex": "metric seen=([01]);"}
    ]
    changes = {name: request[name] for name in ("HyperParameters", "AlgorithmSpecification")}
    open_job = line.trained(**changes)
    isolated = line.trained(**changes, EnableNetworkIsolation=True)
    assert [job["FinalMetricDataList"][0]["Value"] for job in (open_job, isolated)] == [1.0, 0.0]
    assert BUCKET in open_job["ModelArtifacts"]["S3ModelArtifacts"]


def test_a_role_that_may_not_make_log_groups_writes_to_one_that_is_there(line: Any) -> None:
    line.trained()  # which makes the group
    role = role_of(line, ["s3:*", "logs:CreateLogStream", "logs:PutLogEvents"])
    job = line.trained(RoleArn=role)
    assert line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"])


def test_an_image_that_the_role_may_not_pull_fails_the_job(line: Any) -> None:
    job = line.trained(RoleArn=role_of(line, ["s3:*"], pull=("ecr:GetAuthorizationToken",)))
    assert job["FailureReason"] == (
        "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions "
        "are incorrect."
    )


def test_an_image_that_the_role_may_not_pull_fails_the_endpoint(line: Any) -> None:
    pull = ("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer")
    role = role_of(line, ["s3:*"], pull=pull)
    model = line.name("model")
    container = line.container(line.artefact(1))
    line.sagemaker.create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer=container)
    name = line.endpoint(line.config({"champion": (model, 1)}), wanted="Failed")
    assert line.describe(name)["FailureReason"] == (
        f"The role '{role}' does not have BatchGetImage permission for the image: '{IMAGE}'."
    )


def test_metrics_need_the_roles_right_to_put_them(line: Any) -> None:
    refused = line.trained(RoleArn=role_of(line, ["s3:*"]))
    allowed = line.trained(RoleArn=role_of(line, ["s3:*", "cloudwatch:PutMetricData"]))

    def metrics(job: dict[str, Any]) -> list[Any]:
        named = [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}]
        namespace = "/aws/sagemaker/TrainingJobs"
        return line.client("cloudwatch").list_metrics(Namespace=namespace, Dimensions=named)["Metrics"]

    assert (len(metrics(refused)), len(metrics(allowed))) == (0, 1)
    assert refused["FinalMetricDataList"][0]["Value"] == 1.25
