"""What a role may do, as one document: statements that are added one by one cost the CDK two calls each."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_iam as iam

Statement = dict[str, Any]


def allow(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> Statement:
    """A statement of a policy, in IAM's own spelling."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def pass_role(role_arn: str, *services: str) -> Statement:
    """To hand the role to these services and to no other."""
    passed_to = services[0] if len(services) == 1 else list(services)
    return allow(["iam:PassRole"], [role_arn], {"StringEquals": {"iam:PassedToService": passed_to}})


def attach(role: iam.Role, statements: Sequence[Statement]) -> None:
    """Make `statements` the role's own policy, once; a later `role.add_to_policy` fails."""
    document = iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": list(statements)})
    iam.Policy(role, "DefaultPolicy", document=document, roles=[cast("iam.IRole", role)])
