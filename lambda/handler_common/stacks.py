"""Endpoint stacks, asked for by a client of the caller's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from handler_common import aws_errors


def described(cloudformation: Any, name: str) -> Mapping[str, Any] | None:
    """The stack as DescribeStacks has it, None when there is none of that name."""
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    return found


def created(cloudformation: Any, name: str) -> datetime | None:
    """When the stack was created, None when there is none of that name."""
    stack = described(cloudformation, name)
    return None if stack is None else stack["CreationTime"]


def is_of(created: datetime | None, written: datetime) -> bool:
    """Whether what was written then is of the stack that was created then.

    Else it is of one of its name that was destroyed before.
    """
    return created is not None and written >= created
