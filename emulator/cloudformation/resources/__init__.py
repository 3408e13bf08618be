"""The resource types, one file a service. Importing this registers them all."""

from emulator.cloudformation.provider import all_providers
from emulator.cloudformation.resources import (
    autoscaling,
    cloudwatch,
    dynamodb,
    ecr,
    events,
    functions,
    gateway,
    gateway_stages,
    iam,
    keys,
    logs,
    s3,
    sagemaker,
    sns,
    sqs,
    ssm,
    workflows,
)

__all__ = [
    "autoscaling",
    "cloudwatch",
    "dynamodb",
    "ecr",
    "events",
    "functions",
    "gateway",
    "gateway_stages",
    "iam",
    "keys",
    "logs",
    "s3",
    "sagemaker",
    "sns",
    "sqs",
    "ssm",
    "workflows",
]

PROVIDERS = all_providers()
"""Those of this package and of every module imported before."""
