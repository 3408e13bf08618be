"""ARNs of what policies name, in the account and region of a construct's stack."""

from aws_cdk import ArnFormat, Stack
from constructs import Construct


def arn(scope: Construct, service: str, resource: str, name: str) -> str:
    """`arn:<partition>:<service>:<region>:<account>:<resource>/<name>`."""
    return Stack.of(scope).format_arn(service=service, resource=resource, resource_name=name)


def endpoint_arn(scope: Construct, name: str) -> str:
    """A SageMaker endpoint."""
    return arn(scope, "sagemaker", "endpoint", name)


def package_group_arn(scope: Construct, group: str) -> str:
    """A model package group."""
    return arn(scope, "sagemaker", "model-package-group", group)


def package_versions_arn(scope: Construct, group: str) -> str:
    """Every version in a model package group."""
    return arn(scope, "sagemaker", "model-package", f"{group}/*")


def stack_arn(scope: Construct, name: str) -> str:
    """A CloudFormation stack; its ARN ends with an id that CloudFormation makes up."""
    return arn(scope, "cloudformation", "stack", f"{name}/*")


def alarm_arn(scope: Construct, name: str) -> str:
    """A CloudWatch alarm."""
    return Stack.of(scope).format_arn(
        service="cloudwatch", resource="alarm", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def parameter_arn(scope: Construct, name: str) -> str:
    """An SSM parameter whose name begins with a slash."""
    return arn(scope, "ssm", "parameter", name.removeprefix("/"))
