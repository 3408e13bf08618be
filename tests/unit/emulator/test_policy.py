"""IAM's policy language, by the examples of its user guide."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.identity.policy import Ask, Verdict, conditions_hold, evaluate, names_principal, wildcard_match

ROLE = "arn:aws:iam::123456789012:role/app"
SESSION = "arn:aws:sts::123456789012:assumed-role/app/session"


def ask(action: str = "s3:GetObject", resource: str = "arn:aws:s3:::b/k", **context: Any) -> Ask:
    return Ask(action, resource, SESSION, context, role_arn=ROLE)


def policy(**statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}]}


def test_nothing_said_is_silent() -> None:
    assert evaluate([], ask()) is Verdict.SILENT


def test_a_matching_statement_allows() -> None:
    assert evaluate([policy()], ask()) is Verdict.ALLOWED


def test_action_names_ignore_case_and_take_wildcards() -> None:
    assert evaluate([policy(Action="S3:getobj*")], ask()) is Verdict.ALLOWED


def test_resources_are_compared_with_case() -> None:
    assert evaluate([policy(Resource="arn:aws:s3:::B/k")], ask()) is Verdict.SILENT


def test_a_denial_beats_a_permission_in_any_order() -> None:
    denial = policy(Effect="Deny")
    assert evaluate([policy(), denial], ask()) is Verdict.DENIED
    assert evaluate([denial, policy()], ask()) is Verdict.DENIED


def test_not_action_allows_all_others() -> None:
    statement = {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
    assert evaluate([statement], ask()) is Verdict.ALLOWED
    assert evaluate([statement], ask(action="iam:PassRole")) is Verdict.SILENT


def test_a_policy_variable_is_filled_from_the_request() -> None:
    document = policy(Resource="arn:aws:s3:::b/${aws:PrincipalAccount}/*")
    request = Ask(
        "s3:GetObject", "arn:aws:s3:::b/123456789012/x", SESSION, {"aws:PrincipalAccount": "123456789012"}
    )
    assert evaluate([document], request) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("conditions", "context", "holds"),
    [
        ({"StringEquals": {"k": ["a", "b"]}}, {"k": "b"}, True),
        ({"StringEquals": {"k": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"k": "a"}}, {}, True),
        ({"StringNotEquals": {"k": "a"}}, {}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "b"}, False),
        ({"Bool": {"k": False}}, {"k": "true"}, False),
        ({"Bool": {"k": "false"}}, {"k": "false"}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": True}}, {"k": "x"}, False),
        ({"ArnLike": {"k": "arn:aws:sagemaker:*:1:*"}}, {"k": "arn:aws:sagemaker:r:1:job/x"}, True),
        ({"ArnLike": {"k": "arn:aws:s3:*:1:*"}}, {"k": "arn:aws:sagemaker:r:1:job/x"}, False),
        ({"StringLike": {"K": "a*"}}, {"k": "abc"}, True),
        ({"NumericLessThan": {"k": "5"}}, {"k": "4"}, True),
        ({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": "10.1.2.3"}, True),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ["a", "c"]}, False),
        ({"ForAnyValue:StringEquals": {"k": ["a", "b"]}}, {"k": ["a", "c"]}, True),
        ({"StringEquals": {"k": "a"}, "Bool": {"m": "true"}}, {"k": "a"}, False),
    ],
)
def test_conditions(conditions: dict[str, Any], context: dict[str, Any], holds: bool) -> None:
    assert conditions_hold(conditions, ask(**context)) is holds


def test_an_operator_that_is_not_known_is_an_error_not_a_match() -> None:
    with pytest.raises(ValueError, match="StringEqual'"):
        conditions_hold({"StringEqual": {"k": "a"}}, ask(k="a"))


def test_a_resource_policy_speaks_only_of_its_principals() -> None:
    document = policy(Principal={"AWS": "arn:aws:iam::999999999999:root"})
    assert evaluate([document], ask(), resource_based=True) is Verdict.SILENT


def test_an_account_principal_is_not_the_caller_by_name() -> None:
    import json

    account = json.dumps(policy(Principal={"AWS": "arn:aws:iam::123456789012:root"}))
    assert evaluate([account], ask(), resource_based=True) is Verdict.ALLOWED
    assert not names_principal(account, ask())
    assert names_principal(json.dumps(policy(Principal={"AWS": ROLE})), ask())


def test_a_service_principal_is_matched_by_service_only() -> None:
    document = policy(Principal={"Service": "events.amazonaws.com"})
    service = Ask("s3:GetObject", "x", SESSION, {}, principal_service="events.amazonaws.com")
    assert evaluate([document], service, resource_based=True) is Verdict.ALLOWED
    assert evaluate([document], ask(), resource_based=True) is Verdict.SILENT


def test_wildcards_span_separators_and_newlines() -> None:
    assert wildcard_match("a*z", "a/b:c\nz")
    assert not wildcard_match("a?z", "abbz")
