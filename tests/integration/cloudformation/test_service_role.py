"""A stack acts with its service role's rights, or with its caller's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import faults
from emulator.faults import Fault

SERVICE = {"Service": "cloudformation.amazonaws.com"}


def allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.fixture
def parameter(name: str) -> Any:
    def make(value: str) -> dict[str, Any]:
        return {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": f"/{name}", "Value": value},
        }

    return make


SSM = ("ssm:PutParameter", "ssm:GetParameter*", "ssm:DeleteParameter", "ssm:*Tags*")


def test_what_the_service_role_may_not_do_fails_the_resource(
    create: Any, role: Any, parameter: Any, reasons_of: Any, name: str
) -> None:
    given = role(allow("sqs:*"), trust=SERVICE)
    found = create(name, {"P": parameter("a")}, RoleARN=given["RoleArn"])
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("ssm:PutParameter" in reason and given["RoleName"] in reason for reason in reasons_of(name))


def test_the_service_role_is_remembered(
    create: Any, update: Any, cfn: Any, client: Any, settled: Any, role: Any, parameter: Any, name: str
) -> None:
    given = role(allow(*SSM), trust=SERVICE)
    found = create(name, {"P": parameter("a")}, RoleARN=given["RoleArn"])
    assert (found["StackStatus"], found["RoleARN"]) == ("CREATE_COMPLETE", given["RoleArn"])
    client("iam").put_role_policy(
        RoleName=given["RoleName"],
        PolicyName="inline",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:*")]}),
    )
    update_found = update(name, {"P": parameter("b")})
    assert update_found["StackStatus"] == "UPDATE_ROLLBACK_FAILED"


def test_a_fault_reaches_what_a_stack_does_with_its_role_alone(
    create: Any, role: Any, parameter: Any, reasons_of: Any, name: str
) -> None:
    given = role(allow(*SSM), trust=SERVICE)
    fault = faults.inject(Fault("ssm:PutParameter", "error", times=None, code="InternalServerError"))
    try:
        assert (
            create(f"{name}-role", {"P": parameter("a")}, RoleARN=given["RoleArn"])["StackStatus"]
            == "ROLLBACK_COMPLETE"
        )
        assert any("InternalServerError" in reason for reason in reasons_of(f"{name}-role"))
        assert create(name, {"P": parameter("a")})["StackStatus"] == "CREATE_COMPLETE"
    finally:
        faults.lift(fault)


def test_a_role_that_does_not_trust_cloudformation_is_refused(
    create: Any, role: Any, parameter: Any, name: str
) -> None:
    given = role(allow(*SSM), trust={"Service": "lambda.amazonaws.com"})
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        create(name, {"P": parameter("a")}, RoleARN=given["RoleArn"])


def test_without_a_service_role_the_callers_rights_count(
    client: Any, role: Any, settled: Any, template: Any, parameter: Any, reasons_of: Any, name: str
) -> None:
    caller = client("cloudformation", role(allow("cloudformation:*")))
    caller.create_stack(StackName=name, TemplateBody=template({"P": parameter("a")}))
    assert settled(name)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("ssm:PutParameter" in reason for reason in reasons_of(name))
