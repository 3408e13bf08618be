"""One embedded AWS for all integration tests of the session, and clients on it."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3.session
import pytest
from botocore.config import Config

from emulator.server import Emulator

ClientFactory = Callable[..., Any]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def client(emulator: Emulator) -> ClientFactory:
    """``client("s3")`` as the developer; ``client("s3", credentials)`` with what AssumeRole answered."""

    # One session for all, and a client made once: both read the services' models, which takes long.
    session, making = boto3.session.Session(), threading.Lock()

    @functools.cache
    def made(service: str, access_key: str, secret_key: str, token: str | None) -> Any:
        create: Any = session.client
        return create(
            service,
            region_name="us-east-1",
            endpoint_url=emulator.url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            config=Config(retries={"max_attempts": 0}, read_timeout=300, max_pool_connections=50),
        )

    def make(service: str, credentials: dict[str, Any] | None = None) -> Any:
        keys = credentials or {"AccessKeyId": "developer", "SecretAccessKey": "emulator"}
        with making:
            return made(service, keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))

    return make


@pytest.fixture
def name() -> str:
    """A name that nothing else has: moto's state outlives a test."""
    return f"t-{uuid4().hex[:10]}"


ACCOUNT_TRUST = {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.fixture
def role(client: ClientFactory, name: str) -> Callable[..., dict[str, Any]]:
    """Makes a role with one inline policy and answers its session's credentials, with RoleArn beside them."""

    def make(*statements: dict[str, Any], trust: dict[str, Any] | None = None) -> dict[str, Any]:
        iam, role_name = client("iam"), f"{name}-{uuid4().hex[:6]}"
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trust or ACCOUNT_TRUST}
            ],
        }
        arn = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(document))["Role"][
            "Arn"
        ]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=role_name, PolicyName="inline", PolicyDocument=policy)
        if trust:
            return {"RoleArn": arn, "RoleName": role_name}
        session = client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {**session, "RoleArn": arn, "RoleName": role_name}

    return make


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}
