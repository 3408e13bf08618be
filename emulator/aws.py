"""Clients on the emulator itself, for the parts of it that act as AWS services do: with a role's rights.

``client("s3")`` acts as the emulator (no permission is checked), ``role_client`` as a role that may not
do all. Either is made once and kept.
"""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass
from typing import Any

import boto3.session
from botocore.config import Config
from moto.sts.models import AssumedRole, sts_backends

ACCOUNT = "123456789012"
"""The account of AWS's documentation, which moto serves by default."""
PARTITION = "aws"
SERVICE_KEY = "AKIAEMULATORSERVICE0"
"""Access key of the emulator's own calls: the front door lets it pass unchecked."""

_endpoint: list[str] = []
_CONFIG = Config(retries={"max_attempts": 0}, read_timeout=900, max_pool_connections=50)


def configure(url: str) -> None:
    """Name the URL at which this process serves, once it listens."""
    _endpoint[:] = [url]
    _service_client.cache_clear()
    _role_client.cache_clear()


def is_serving() -> bool:
    """Whether this process is an emulator by now; a mere import of one is not."""
    return bool(_endpoint)


def endpoint_url() -> str:
    """The emulator's URL, such as http://localhost:4566. Raises RuntimeError before ``configure``."""
    if not _endpoint:
        raise RuntimeError("the emulator has no URL yet: configure() comes first")
    return _endpoint[0]


def default_region() -> str:
    """The region that resources land in when nothing else says so."""
    return os.environ.get("AWS_DEFAULT_REGION", "us-east-1")


@dataclass(frozen=True)
class Credentials:
    """A session of a role, as STS would hand it out."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    assumed_role_arn: str


def assume(role_arn: str, session_name: str, region: str | None = None) -> Credentials:
    """A session of the role, with no check of its trust policy: ``authorize_service`` makes that one."""
    region = region or default_region()
    session: AssumedRole = sts_backends[ACCOUNT][PARTITION].assume_role(
        region_name=region,
        role_session_name=session_name[:64],
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return Credentials(session.access_key_id, session.secret_access_key, session.session_token, session.arn)


# One session for all clients: a new one reads the service models anew (180 ms of CPU instead of 10). Making
# a client is the part of a session that is not thread-safe.
_session = boto3.session.Session()
_making = threading.Lock()


def _client(service: str, region: str, config: Config = _CONFIG, **credentials: str) -> Any:
    with _making:
        return _session.client(
            service,  # pyright: ignore[reportArgumentType]
            region_name=region,
            endpoint_url=endpoint_url(),
            config=config,
            **credentials,  # pyright: ignore[reportArgumentType]
        )


@functools.cache
def _service_client(service: str, region: str) -> Any:
    return _client(service, region, aws_access_key_id=SERVICE_KEY, aws_secret_access_key="emulator")


def client(service: str, region: str | None = None) -> Any:
    """A boto3 client that acts as the emulator itself."""
    return _service_client(service, region or default_region())


def role_client(
    service: str, role_arn: str, session_name: str, region: str | None = None, config: Config = _CONFIG
) -> Any:
    """A boto3 client that is refused what the role may not do; its trust policy is the caller's to check."""
    return _role_client(service, role_arn, session_name, region or default_region(), config)


@functools.lru_cache(maxsize=256)
def _role_client(service: str, role_arn: str, session_name: str, region: str, config: Config) -> Any:
    credentials = assume(role_arn, session_name, region)
    return _client(
        service,
        region,
        config,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
    )
