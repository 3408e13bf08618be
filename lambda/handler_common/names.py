"""The one name a function must derive itself, by the rule of sagemaker_lifecycle.names (not deployed)."""

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
