"""The names a function must derive itself, by the rules of sagemaker_lifecycle.names (not deployed)."""

import hashlib

SAGEMAKER_NAME_LIMIT = 63
_HASH_LENGTH = 8


def package_group(prefix: str, model: str) -> str:
    """The model's package group: prefix and model, cut to SageMaker's 63 characters with 8 hash digits."""
    name = prefix + model
    if len(name) <= SAGEMAKER_NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: SAGEMAKER_NAME_LIMIT - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def releases_parameter(prefix: str, model: str) -> str:
    """The SSM parameter with the model's ledger of releases; the prefix is `/lifecycle/dev/`."""
    return f"{prefix}{model}/releases"


def parked_parameter(prefix: str, model: str) -> str:
    """The SSM parameter with what was live when the model was last parked."""
    return f"{prefix}{model}/parked"
