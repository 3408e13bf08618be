"""The sizes and numbers of policies that IAM refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]


def document(characters: int) -> str:
    """A policy of that many characters, and as many spaces, which do not count."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}
    text = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Resource"] += "x" * (characters - len(json.dumps(text, separators=(",", ":"))))
    return json.dumps(text, separators=(",", ":")) + " " * characters


def refusal(call: Callable[[], Any]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return (
        answer["Error"]["Code"],
        answer["Error"]["Message"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_roles_inline_policies_have_one_limit_together(client: Client, role: Role) -> None:
    iam, name = client("iam"), role()["RoleName"]

    def put(policy: str, characters: int) -> None:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document(characters))

    put("one", 5000)
    put("two", 5240)
    put("two", 5240)  # itself in its own place does not count twice
    exceeded = ("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {name}", 409)
    assert refusal(lambda: put("two", 5241)) == exceeded
    assert refusal(lambda: put("three", 200)) == exceeded


def test_a_managed_policy_has_a_limit_of_its_own(client: Client, name: str) -> None:
    iam = client("iam")
    exceeded = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    too_large = document(6145)
    assert refusal(lambda: iam.create_policy(PolicyName=name, PolicyDocument=too_large)) == exceeded
    made = iam.create_policy(PolicyName=name, PolicyDocument=document(6144))["Policy"]["Arn"]
    assert refusal(lambda: iam.create_policy_version(PolicyArn=made, PolicyDocument=too_large)) == exceeded


def test_a_role_has_ten_managed_policies(client: Client, role: Role, name: str) -> None:
    iam, holder = client("iam"), role()["RoleName"]
    made = [
        iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=document(200))["Policy"]["Arn"]
        for number in range(11)
    ]
    for arn in (*made[:10], made[0]):
        iam.attach_role_policy(RoleName=holder, PolicyArn=arn)
    assert refusal(lambda: iam.attach_role_policy(RoleName=holder, PolicyArn=made[10])) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
        409,
    )
