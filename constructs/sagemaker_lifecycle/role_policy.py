"""What a role may do, as one document: statements that are added one by one cost the CDK two calls each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_iam as iam

from sagemaker_lifecycle import arns

Statement = dict[str, Any]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters, white space aside,
# of a role's inline policies together and of one managed policy; and how many of these a role may have.
INLINE_LIMIT = 10_240
MANAGED_LIMIT = 6_144
MANAGED_POLICIES = 10


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
    """Make `statements` the role's own policy, once; a later `role.add_to_policy` fails.

    What an inline policy cannot hold goes into managed ones, a statement's resources apart where need be.
    Raises ValueError when that takes more managed policies than a role may have.
    """
    first, *more = _documents(statements)
    if len(more) > MANAGED_POLICIES:
        raise ValueError(
            f"{role.node.path}: what it may do takes {len(more)} managed policies; a role may have "
            f"{MANAGED_POLICIES} (IAM's quota). Deploy fewer models in one environment, or shorten names"
        )
    holders = [cast("iam.IRole", role)]
    iam.Policy(role, "DefaultPolicy", document=_document(first), roles=holders)
    for number, rest in enumerate(more, 1):
        iam.ManagedPolicy(role, f"MorePolicy{number}", document=_document(rest), roles=holders)


def _document(statements: Sequence[Statement]) -> iam.PolicyDocument:
    return iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": list(statements)})


def _documents(statements: Sequence[Statement]) -> list[list[Statement]]:
    """The statements in order, in documents that IAM takes: the first inline, the others managed."""
    documents: list[list[Statement]] = [[]]
    room = INLINE_LIMIT - _size(_empty())
    for statement in statements:
        rest = statement["Resource"]
        while rest:
            fitting = _fitting(statement, rest, room)
            if fitting:
                part = {**statement, "Resource": rest[:fitting]}
                documents[-1].append(part)
                room -= _size(part) + 1
                rest = rest[fitting:]
            if rest:
                documents.append([])
                room = MANAGED_LIMIT - _size(_empty())
    return documents


def _empty() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": []}


def _fitting(statement: Statement, resources: Sequence[str], room: int) -> int:
    """How many of the resources a statement of at most `room` characters, and a comma, can have."""
    room -= _size({**statement, "Resource": []}) + 1
    for count, resource in enumerate(resources):
        room -= _size(resource) + 1
        if room < 0:
            return count
    return len(resources)


def _size(value: Any) -> int:
    """Characters of a policy's part without white space, its references as long as they may become."""
    return arns.longest(json.dumps(value, separators=(",", ":")))
