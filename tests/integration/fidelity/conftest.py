"""What the subjects of the fidelity cases refer to, made once by the services' own APIs."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.fidelity.case import World, document, trust
from tests.integration.fidelity.cases_compute import MACHINE
from tests.integration.sagemaker.conftest import IMAGE, WSGI, archive
from tests.waiting import eventually

Client = Callable[[str], Any]
EVERYTHING = [
    f"{name}.amazonaws.com"
    for name in ("lambda", "events", "states", "sagemaker", "apigateway", "scheduler", "cloudformation")
]


def package(source: str) -> tuple[str, bytes]:
    """(CodeSha256, zip) of a function."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:
        files.writestr(zipfile.ZipInfo("main.py"), source)
    body = buffer.getvalue()
    return base64.b64encode(hashlib.sha256(body).digest()).decode(), body


def _identities(client: Client) -> tuple[str, str]:
    iam = client("iam")
    assumable = trust("lambda.amazonaws.com")
    assumable["Statement"][0]["Principal"]["Service"] = EVERYTHING
    role = iam.create_role(RoleName="fidelity", AssumeRolePolicyDocument=json.dumps(assumable))["Role"]["Arn"]
    iam.put_role_policy(RoleName="fidelity", PolicyName="all", PolicyDocument=json.dumps(document("*")))
    iam.create_user(UserName="fidelity")
    iam.create_group(GroupName="fidelity")
    boundary = iam.create_policy(PolicyName="fidelity-boundary", PolicyDocument=json.dumps(document("*")))
    return role, boundary["Policy"]["Arn"]


def _served(client: Client, bucket: str, role: str) -> dict[str, str]:
    """A model, two configurations of it, and an endpoint in service."""
    files = {"factor.json": "100", "code/wsgi.py": WSGI}
    client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=archive(files))
    sagemaker = client("sagemaker")
    container = {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
        "Environment": {"SAGEMAKER_SERVING_MODULE": "wsgi:app", "PYTHONPATH": "/opt/ml/model/code"},
    }
    sagemaker.create_model(ModelName="fidelity", ExecutionRoleArn=role, PrimaryContainer=container)
    for name in ("fidelity-1", "fidelity-2"):
        variant = {
            "VariantName": "champion",
            "ModelName": "fidelity",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="fidelity", EndpointConfigName="fidelity-1")
    status = eventually(
        lambda: sagemaker.describe_endpoint(EndpointName="fidelity"),
        lambda described: described["EndpointStatus"] != "Creating",
    )
    assert status["EndpointStatus"] == "InService", status
    return {"model": "fidelity", "endpoint_config": "fidelity-1", "endpoint": "fidelity"}


def _function(client: Client, bucket: str, role: str) -> tuple[str, dict[str, str]]:
    hashes: dict[str, str] = {}
    for name in ("first", "second"):
        hashes[name], body = package(f"def handler(event, context):\n    return {name!r}\n")
        client("s3").put_object(Bucket=bucket, Key=f"{hashes[name]}.zip", Body=body)
    arn = client("lambda").create_function(
        FunctionName="fidelity",
        Role=role,
        Runtime="python3.12",
        Handler="main.handler",
        Code={"S3Bucket": bucket, "S3Key": f"{hashes['first']}.zip"},
    )["FunctionArn"]
    return arn, hashes


def _key(client: Client) -> str:
    """A key that the account rules and CloudWatch Logs may use."""
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
        for principal in (
            {"AWS": "arn:aws:iam::123456789012:root"},
            {"Service": "logs.us-east-1.amazonaws.com"},
        )
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]


@pytest.fixture(scope="session")
def world(client: Client) -> Iterator[World]:
    client = functools.cache(client)
    role, boundary = _identities(client)
    for bucket in ("fidelity-world", "fidelity-logs"):
        client("s3").create_bucket(Bucket=bucket)
    machine = json.loads(json.dumps(MACHINE))
    machine["States"]["End"] |= {"Comment": "machine"}
    client("s3").put_object(Bucket="fidelity-world", Key="machine.json", Body=json.dumps(machine))
    client("logs").create_log_group(logGroupName="fidelity-world")
    queue_url = client("sqs").create_queue(QueueName="fidelity")["QueueUrl"]
    function, hashes = _function(client, "fidelity-world", role)
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="fidelity")["id"]
    authorizer = gateway.create_authorizer(
        restApiId=api, name="a", type="TOKEN", authorizerUri="x", identitySource="method.request.header.A"
    )
    yield World(
        client=client,
        key=_key(client),
        role=role,
        boundary=boundary,
        bucket="fidelity-world",
        log_bucket="fidelity-logs",
        queue="arn:aws:sqs:us-east-1:123456789012:fidelity",
        queue_url=queue_url,
        topic=client("sns").create_topic(Name="fidelity")["TopicArn"],
        log_group="fidelity-world",
        function=function,
        rest_api=api,
        root_resource=gateway.get_resources(restApiId=api)["items"][0]["id"],
        **_served(client, "fidelity-world", role),
        tags={
            **hashes,
            "image": IMAGE,
            "second_config": "fidelity-2",
            "authorizer": authorizer["id"],
        },
    )
    client("sagemaker").delete_endpoint(EndpointName="fidelity")
