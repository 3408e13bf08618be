"""IAM as a client of the emulator meets it: refusals with AWS's codes and words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refusal(call: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]


def test_a_role_without_policies_may_do_nothing_but_ask_who_it_is(client: Client, role: Role) -> None:
    session = role()
    error = refusal(lambda: client("ssm", session).get_parameter(Name="/x"))
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        f"User: arn:aws:sts::123456789012:assumed-role/{session['RoleName']}/test is not authorized to "
        "perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/x because no "
        "identity-based policy allows the ssm:GetParameter action"
    )
    assert client("sts", session).get_caller_identity()["Arn"].endswith("/test")


def test_a_permission_reaches_only_its_resource(client: Client, role: Role, name: str) -> None:
    client("ssm").put_parameter(Name=f"/{name}/mine", Value="1", Type="String")
    client("ssm").put_parameter(Name=f"/{name}/theirs", Value="2", Type="String")
    session = role(allow("ssm:GetParameter", f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}/mine"))
    assert client("ssm", session).get_parameter(Name=f"/{name}/mine")["Parameter"]["Value"] == "1"
    assert refusal(lambda: client("ssm", session).get_parameter(Name=f"/{name}/theirs"))["Code"] == (
        "AccessDeniedException"
    )


def test_a_role_that_does_not_trust_the_caller_cannot_be_assumed(client: Client, role: Role) -> None:
    made = role(trust={"Service": "lambda.amazonaws.com"})
    error = refusal(lambda: client("sts").assume_role(RoleArn=made["RoleArn"], RoleSessionName="xyz"))
    assert error["Code"] == "AccessDenied"
    assert "is not authorized to perform: sts:AssumeRole on resource: " + made["RoleArn"] in error["Message"]


def test_a_role_needs_its_own_permission_to_assume_another(client: Client, role: Role) -> None:
    target, stranger = role(), role()
    assert refusal(
        lambda: client("sts", stranger).assume_role(RoleArn=target["RoleArn"], RoleSessionName="xyz")
    )["Code"] == ("AccessDenied")
    entitled = role(allow("sts:AssumeRole", target["RoleArn"]))
    answer = client("sts", entitled).assume_role(RoleArn=target["RoleArn"], RoleSessionName="xyz")
    assert answer["AssumedRoleUser"]["Arn"].endswith("/xyz")


def test_a_session_that_was_never_handed_out_is_not_known(client: Client, role: Role) -> None:
    session = {**role(allow("ssm:*")), "SessionToken": "made-up"}
    assert refusal(lambda: client("ssm", session).describe_parameters())["Code"] == "InvalidClientTokenId"


def test_passing_a_role_needs_pass_role_for_that_service(client: Client, role: Role, name: str) -> None:
    passed = role(trust={"Service": "states.amazonaws.com"})
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})

    def create(*statements: dict[str, Any]) -> Callable[[], Any]:
        session = role(allow("states:CreateStateMachine"), *statements)
        return lambda: client("stepfunctions", session).create_state_machine(
            name=name, definition=definition, roleArn=passed["RoleArn"]
        )

    condition = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert "iam:PassRole" in refusal(create())["Message"]
    wrong_service = allow("iam:PassRole", passed["RoleArn"], Condition=condition)
    assert "iam:PassRole" in refusal(create(wrong_service))["Message"]
    assert create(allow("iam:PassRole", passed["RoleArn"]))()["stateMachineArn"].endswith(name)


def test_a_bucket_policy_can_refuse_what_the_role_is_granted(client: Client, role: Role, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    session = role(allow("s3:*"))
    client("s3", session).put_object(Bucket=name, Key="k", Body=b"x")
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denial]}))
    error = refusal(lambda: client("s3", session).delete_object(Bucket=name, Key="k"))
    assert error["Code"] == "AccessDenied"
    assert "explicit deny" in error["Message"]


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_version_that_is_named_needs_the_permission_for_versions(
    client: Client, role: Role, name: str, operation: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    one = {"Bucket": name, "Key": "k", "VersionId": s3.put_object(Bucket=name, Key="k")["VersionId"]}
    plain, versions = (role(allow(f"s3:{action}")) for action in ("GetObject", "GetObjectVersion"))
    assert refusal(lambda: getattr(client("s3", plain), operation)(**one))["Code"] in ("AccessDenied", "403")
    assert getattr(client("s3", versions), operation)(**one)["VersionId"] == one["VersionId"]


def test_objects_under_a_key_need_the_key_as_well(client: Client, role: Role, name: str) -> None:
    key = client("kms").create_key()["KeyMetadata"]
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    without = role(allow("s3:*"))
    error = refusal(lambda: client("s3", without).put_object(Bucket=name, Key="k", Body=b"x"))
    assert "kms:GenerateDataKey on resource: " + key["Arn"] in error["Message"]
    writer = role(allow("s3:*"), allow("kms:GenerateDataKey", key["Arn"]))
    client("s3", writer).put_object(Bucket=name, Key="k", Body=b"x")
    assert "kms:Decrypt" in refusal(lambda: client("s3", writer).get_object(Bucket=name, Key="k"))["Message"]


def test_a_key_policy_that_does_not_speak_of_the_account_shuts_everyone_out(
    client: Client, role: Role, name: str
) -> None:
    lone = role()
    statement = {"Effect": "Allow", "Principal": {"AWS": lone["RoleArn"]}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = client("kms").create_key(Policy=policy)["KeyMetadata"]
    assert client("kms", lone).describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Arn"] == key["Arn"]
    other = role(allow("kms:*"))
    assert refusal(lambda: client("kms", other).describe_key(KeyId=key["KeyId"]))["Code"] == (
        "AccessDeniedException"
    )


def test_an_attached_policy_counts_like_an_inline_one(client: Client, role: Role, name: str) -> None:
    session = role()
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:ListQueues")]})
    arn = client("iam").create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    assert refusal(lambda: client("sqs", session).list_queues())["Code"] == "AccessDenied"
    client("iam").attach_role_policy(RoleName=session["RoleName"], PolicyArn=arn)
    assert client("sqs", session).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_update_stack_can_be_limited_to_one_role(client: Client, role: Role) -> None:
    release, other = (role(trust={"Service": "cloudformation.amazonaws.com"}) for _ in range(2))
    session = role(
        allow(
            "cloudformation:UpdateStack",
            Condition={"StringEquals": {"cloudformation:RoleArn": release["RoleArn"]}},
        ),
        allow("iam:PassRole"),
    )
    cloudformation = client("cloudformation", session)

    def update(**more: Any) -> Callable[[], Any]:
        return lambda: cloudformation.update_stack(StackName="absent", UsePreviousTemplate=True, **more)

    assert refusal(update())["Code"] == "AccessDenied"
    assert refusal(update(RoleARN=other["RoleArn"]))["Code"] == "AccessDenied"
    assert refusal(update(RoleARN=release["RoleArn"]))["Code"] == "ValidationError"


@pytest.mark.parametrize("mode", ["audit", "off"])
def test_enforcement_can_be_turned_down(
    client: Client, role: Role, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    session = role()
    monkeypatch.setenv("EMULATOR_IAM", mode)
    assert "Parameters" in client("ssm", session).describe_parameters()


def test_a_role_may_be_made_while_another_is_looked_up(role: Role) -> None:
    role()
    role()
    roles = iter(iam_backends["123456789012"]["aws"].get_roles())
    first = next(roles)
    role()
    assert first not in list(roles)
