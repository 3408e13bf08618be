"""ARNs of what policies name, in the account and region that a stack is deployed to."""

import re

from aws_cdk import Aws

# Asked for once: each mention of `Aws` is a call to the CDK's own process.
PARTITION = Aws.PARTITION
REGION = Aws.REGION
ACCOUNT = Aws.ACCOUNT_ID

_PSEUDO_PARAMETER = re.compile(r"\$\{Token\[AWS\.\w+\.\d+\]\}")
_REFERENCE = re.compile(r"\$\{Token\[[^]]*\]\}")
# `ap-southeast-1` and others; the ARN of a function with a name of 64 characters takes 140.
_LONGEST_PSEUDO_PARAMETER = 14
_LONGEST_REFERENCE = 150


def longest(text: str) -> int:
    """How many characters `text` may have when its references are resolved."""
    text = _PSEUDO_PARAMETER.sub("x" * _LONGEST_PSEUDO_PARAMETER, text)
    return len(_REFERENCE.sub("x" * _LONGEST_REFERENCE, text))


def arn(service: str, resource: str, name: str) -> str:
    """`arn:<partition>:<service>:<region>:<account>:<resource>/<name>`."""
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}/{name}"


def endpoint_arn(name: str) -> str:
    """A SageMaker endpoint."""
    return arn("sagemaker", "endpoint", name)


def package_group_arn(group: str) -> str:
    """A model package group."""
    return arn("sagemaker", "model-package-group", group)


def package_versions_arn(group: str) -> str:
    """Every version in a model package group, or in the groups of a pattern."""
    return arn("sagemaker", "model-package", f"{group}/*")


def stack_arn(name: str) -> str:
    """A CloudFormation stack; its ARN ends with an id that CloudFormation makes up."""
    return arn("cloudformation", "stack", f"{name}/*")


def alarm_arn(name: str) -> str:
    """A CloudWatch alarm."""
    return f"arn:{PARTITION}:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def log_groups_arn(pattern: str) -> str:
    """CloudWatch log groups, or their streams."""
    return f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{pattern}"


def event_bus_arn(name: str) -> str:
    """An EventBridge bus."""
    return arn("events", "event-bus", name)


def parameter_arn(name: str) -> str:
    """An SSM parameter whose name begins with a slash."""
    return arn("ssm", "parameter", name.removeprefix("/"))
