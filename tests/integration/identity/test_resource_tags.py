"""Permissions that hang on the tags of what is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]

OWN = {"StringEquals": {"aws:ResourceTag/environment": "dev"}}


def tagged_group(client: Client, name: str, environment: str) -> str:
    tags = [{"Key": "environment", "Value": environment}]
    client("sagemaker").create_model_package_group(ModelPackageGroupName=name, Tags=tags)
    return name


def test_a_resource_is_deleted_only_when_it_carries_the_tag(client: Client, role: Role, name: str) -> None:
    own = tagged_group(client, f"{name}-own", "dev")
    other = tagged_group(client, f"{name}-other", "prod")
    deleter = {"Effect": "Allow", "Action": "sagemaker:DeleteModelPackageGroup", "Resource": "*"}
    sagemaker = client("sagemaker", role({**deleter, "Condition": OWN}))
    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=other)
    sagemaker.delete_model_package_group(ModelPackageGroupName=own)
