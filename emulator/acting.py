"""Clients with a role's rights for services that act in a role's name, made once a role and kept."""

from __future__ import annotations

import functools
from typing import Any

import boto3.session
from botocore.config import Config

from emulator import aws

_CONFIG = Config(retries={"max_attempts": 0}, read_timeout=900, max_pool_connections=50)
_session = boto3.session.Session()


def client(service: str, role_arn: str, session_name: str, region: str, config: Config | None = None) -> Any:
    """A boto3 client that is refused what the role may not do; its trust policy is the caller's to check."""
    return _client(service, role_arn, session_name, region, aws.endpoint_url(), config or _CONFIG)


@functools.lru_cache(maxsize=256)
def _client(service: str, role_arn: str, session_name: str, region: str, url: str, config: Config) -> Any:
    credentials = aws.assume(role_arn, session_name, region)
    return _session.client(
        service,  # pyright: ignore[reportArgumentType]
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        config=config,
    )
