"""Endpoint stacks, asked for by a client of the caller's."""

from collections.abc import Mapping
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
