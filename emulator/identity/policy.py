"""IAM's policy language: does this document allow, deny, or not speak of a request?

Source: "IAM JSON policy elements reference" in the IAM user guide.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Context = Mapping[str, "str | list[str]"]


class Verdict(Enum):
    """What one or several policies say of a request; an explicit denial beats every permission."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True)
class Ask:
    """One thing that somebody wants to do. Keys of ``context`` are compared without regard to case."""

    action: str
    resource: str
    principal_arn: str
    context: Context
    principal_service: str | None = None
    role_arn: str | None = None


def evaluate(
    documents: Iterable[str | Mapping[str, Any]], ask: Ask, *, resource_based: bool = False
) -> Verdict:
    """The verdict of all documents together. Only ``resource_based`` ones look at Principal."""
    verdict = Verdict.SILENT
    for document in documents:
        for statement in _statements(document if isinstance(document, str) else json.dumps(document)):
            if not _applies(statement, ask, resource_based):
                continue
            if statement.get("Effect") == "Deny":
                return Verdict.DENIED
            verdict = Verdict.ALLOWED
    return verdict


@functools.lru_cache(maxsize=4096)
def _statements(document: str) -> list[dict[str, Any]]:
    statements = json.loads(document).get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _applies(statement: dict[str, Any], ask: Ask, resource_based: bool) -> bool:
    if resource_based and not _principal_matches(statement, ask):
        return False
    if "Action" in statement and not _any_match(statement["Action"], ask.action, ignore_case=True):
        return False
    if "NotAction" in statement and _any_match(statement["NotAction"], ask.action, ignore_case=True):
        return False
    if "Resource" in statement and not _resource_match(statement["Resource"], ask):
        return False
    if "NotResource" in statement and _resource_match(statement["NotResource"], ask):
        return False
    return conditions_hold(statement.get("Condition", {}), ask)


def _resource_match(patterns: Any, ask: Ask) -> bool:
    return any(wildcard_match(_substituted(str(p), ask.context), ask.resource) for p in _listed(patterns))


def _any_match(patterns: Any, value: str, *, ignore_case: bool) -> bool:
    return any(wildcard_match(str(p), value, ignore_case=ignore_case) for p in _listed(patterns))


@functools.lru_cache(maxsize=8192)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def wildcard_match(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """IAM's ``*`` and ``?``, over the whole value."""
    return bool(_pattern(pattern, ignore_case).fullmatch(value))


def _substituted(text: str, context: Context) -> str:
    """Policy variables such as ${aws:PrincipalAccount}; an unknown one stays, and matches nothing."""

    def value(match: re.Match[str]) -> str:
        found = _lookup(context, match.group(1))
        return found if isinstance(found, str) else match.group(0)

    return re.sub(r"\$\{([^}]+)\}", value, text) if "${" in text else text


def _principal_matches(statement: dict[str, Any], ask: Ask) -> bool:
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], ask)
    return _is_principal(statement.get("Principal", {}), ask)


def _is_principal(principal: Any, ask: Ask) -> bool:
    if principal == "*":
        return True
    if ask.principal_service is not None:
        return ask.principal_service in _listed(principal.get("Service", []))
    account = ask.principal_arn.split(":")[4]
    own = {"*", account, f"arn:aws:iam::{account}:root", ask.principal_arn, ask.role_arn}
    return any(name in own for name in _listed(principal.get("AWS", [])))


def names_principal(document: str, ask: Ask) -> bool:
    """Whether a statement that allows names the caller itself, not just its account.

    In one account that is enough without a policy of the caller's own ("Policy evaluation logic").
    """
    narrow = {ask.principal_arn, ask.role_arn, "*"}
    for statement in _statements(document):
        principal = statement.get("Principal", {})
        named = {principal} if isinstance(principal, str) else set(_listed(principal.get("AWS", [])))
        if statement.get("Effect") == "Allow" and named & narrow and _applies(statement, ask, True):
            return True
    return False


def _lookup(context: Context, key: str) -> str | list[str] | None:
    wanted = key.lower()
    return next((value for name, value in context.items() if name.lower() == wanted), None)


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], ask: Ask) -> bool:
    """Whether every operator and key of a Condition block is met."""
    return all(
        _condition_holds(
            operator,
            key,
            [str(v) if not isinstance(v, bool) else str(v).lower() for v in _listed(values)],
            ask,
        )
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition_holds(operator: str, key: str, wanted: list[str], ask: Ask) -> bool:
    quantifier, _, bare = operator.rpartition(":")
    actual = _lookup(ask.context, key)
    if bare == "Null":
        return (actual is None) == (wanted[0] == "true")
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    if bare not in _COMPARISONS:
        raise ValueError(f"condition operator {operator!r} is not one of {', '.join(sorted(_COMPARISONS))}")
    compare, negated = _COMPARISONS[bare]
    if actual is None:
        return if_exists or negated or quantifier == "ForAllValues"
    wanted = [_substituted(w, ask.context) for w in wanted]

    def one(value: str) -> bool:
        return any(compare(w, value) for w in wanted) != negated

    values = actual if isinstance(actual, list) else [actual]
    return all(map(one, values)) if quantifier == "ForAllValues" else any(map(one, values))


def _arn_match(pattern: str, value: str) -> bool:
    wanted, actual = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(actual) and all(map(wildcard_match, wanted, actual))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda wanted, actual: compare(float(actual), float(wanted))


def _in_network(wanted: str, actual: str) -> bool:
    return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)


_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (lambda w, a: w == a, False),
    "StringNotEquals": (lambda w, a: w == a, True),
    "StringEqualsIgnoreCase": (lambda w, a: w.lower() == a.lower(), False),
    "StringNotEqualsIgnoreCase": (lambda w, a: w.lower() == a.lower(), True),
    "StringLike": (wildcard_match, False),
    "StringNotLike": (wildcard_match, True),
    "ArnEquals": (_arn_match, False),
    "ArnLike": (_arn_match, False),
    "ArnNotEquals": (_arn_match, True),
    "ArnNotLike": (_arn_match, True),
    "Bool": (lambda w, a: w.lower() == a.lower(), False),
    "NumericEquals": (_number(lambda a, w: a == w), False),
    "NumericNotEquals": (_number(lambda a, w: a == w), True),
    "NumericLessThan": (_number(lambda a, w: a < w), False),
    "NumericLessThanEquals": (_number(lambda a, w: a <= w), False),
    "NumericGreaterThan": (_number(lambda a, w: a > w), False),
    "NumericGreaterThanEquals": (_number(lambda a, w: a >= w), False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
}
