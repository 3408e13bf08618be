"""The SSM parameters, by a client made once."""

from collections.abc import Sequence

import boto3

_SSM = boto3.client("ssm")


def parameters(names: Sequence[str]) -> dict[str, str]:
    """The texts of those of the parameters that there are, at most ten, by their names."""
    found = _SSM.get_parameters(Names=list(names))["Parameters"]
    return {parameter["Name"]: parameter["Value"] for parameter in found}
