"""The resource types, one file a service. Importing this registers them all."""

from emulator.cloudformation.provider import all_providers
from emulator.cloudformation.resources import ecr, iam, keys, logs, s3, sns, sqs, ssm

__all__ = ["ecr", "iam", "keys", "logs", "s3", "sns", "sqs", "ssm"]

PROVIDERS = all_providers()
"""Those of this package and of every module imported before."""
