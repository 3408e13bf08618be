"""AWS services as principals, in the type that the CDK's functions ask for."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import aws_iam as iam

from sagemaker_lifecycle import arns


def service_principal(service: str, conditions: Mapping[str, Any] | None = None) -> iam.IPrincipal:
    """The service `<name>.amazonaws.com`, under `conditions`.

    The cast is needed wherever one of the CDK's classes stands for its interface: parameter names differ
    (https://github.com/aws/jsii/issues/2927).
    """
    return cast("iam.IPrincipal", iam.ServicePrincipal(service, conditions=conditions))


def service_for_own_resources(service: str, resources: str) -> iam.IPrincipal:
    """The service, only while it acts for `resources` (`training-job/*`) of this account and region.

    Against the confused deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
    """
    name = service.removesuffix(".amazonaws.com")
    source = f"arn:{arns.PARTITION}:{name}:{arns.REGION}:{arns.ACCOUNT}:{resources}"
    return service_principal(
        service,
        {"StringEquals": {"aws:SourceAccount": arns.ACCOUNT}, "ArnLike": {"aws:SourceArn": source}},
    )
