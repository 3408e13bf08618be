"""The SSM parameters and the endpoint stacks, by clients made once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import boto3

from handler_common import stacks

_CLOUDFORMATION = boto3.client("cloudformation")
_SSM = boto3.client("ssm")


@dataclass(frozen=True)
class Parameter:
    """An SSM parameter: its text, and when that was written."""

    text: str
    written: datetime


def parameters(names: Sequence[str]) -> dict[str, Parameter]:
    """Those of the parameters that there are, at most ten, by their names."""
    found = _SSM.get_parameters(Names=list(names))["Parameters"]
    return {one["Name"]: Parameter(one["Value"], one["LastModifiedDate"]) for one in found}


def created(stack: str) -> datetime | None:
    """When the stack was created, None when there is none of that name."""
    return stacks.created(_CLOUDFORMATION, stack)
