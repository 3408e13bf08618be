"""What a role may do, statement by statement and action by action, and what of it was ever asked for."""

from __future__ import annotations

import copy
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from emulator.identity import authorizer
from emulator.identity.policy import Ask, Verdict, evaluate
from tests.integration.rotation.world import Client

Document = dict[str, Any]


@dataclass(frozen=True)
class Right:
    """One action of one statement of a role's inline policy."""

    statement: int
    action: str


@dataclass
class Role:
    """A role with one inline policy, as the project's constructs make them."""

    client: Client
    arn: str

    def __post_init__(self) -> None:
        self.name = self.arn.rpartition("/")[2]
        [self._policy] = self.client("iam").list_role_policies(RoleName=self.name)["PolicyNames"]
        self.document: Document = self.client("iam").get_role_policy(
            RoleName=self.name, PolicyName=self._policy
        )["PolicyDocument"]

    def rights(self) -> list[Right]:
        """All of them."""
        return [
            Right(number, action)
            for number, statement in enumerate(self.document["Statement"])
            for action in _listed(statement["Action"])
        ]

    def without(self, right: Right) -> Document:
        """The policy that lacks this one."""
        document = copy.deepcopy(self.document)
        statement = document["Statement"][right.statement]
        statement["Action"] = [action for action in _listed(statement["Action"]) if action != right.action]
        if not statement["Action"]:
            document["Statement"].remove(statement)
        return document

    @contextmanager
    def deprived(self, right: Right) -> Generator[None]:
        """The role lacks the right meanwhile."""
        self._put(self.without(right))
        try:
            yield
        finally:
            self._put(self.document)

    def unused(self, asks: Sequence[Ask]) -> list[Right]:
        """Rights without which all that was asked for and allowed would still have been allowed."""
        asked = [one for one in asks if one.role_arn == self.arn and _allows(self.document, one)]
        return [right for right in self.rights() if all(_allows(self.without(right), one) for one in asked)]

    def _put(self, document: Document) -> None:
        self.client("iam").put_role_policy(
            RoleName=self.name, PolicyName=self._policy, PolicyDocument=json.dumps(document)
        )


def recorded(patch: pytest.MonkeyPatch) -> list[Ask]:
    """From now on, what the front door asks the policies of roles."""
    asks: list[Ask] = []

    def recording(documents: Any, ask: Ask, *, resource_based: bool = False) -> Verdict:
        if not resource_based:
            asks.append(ask)
        return evaluate(documents, ask, resource_based=resource_based)

    patch.setattr(authorizer, "evaluate", recording)
    return asks


def _allows(document: Document, ask: Ask) -> bool:
    return evaluate([document], ask) is Verdict.ALLOWED


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
