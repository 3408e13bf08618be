"""What a role may do, statement by statement and action by action, and what of it was ever asked for."""

from __future__ import annotations

import copy
import json
from collections.abc import Generator, Mapping, Sequence
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
    """One action of one statement of one of a role's inline policies."""

    policy: str
    statement: int
    action: str


@dataclass
class Role:
    """A role with inline policies only, as the project's constructs make them."""

    client: Client
    arn: str

    def __post_init__(self) -> None:
        self.name = self.arn.rpartition("/")[2]
        iam = self.client("iam")
        self.documents: dict[str, Document] = {
            policy: iam.get_role_policy(RoleName=self.name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        }

    def rights(self) -> list[Right]:
        """All of them."""
        return [
            Right(policy, number, action)
            for policy, document in self.documents.items()
            for number, statement in enumerate(document["Statement"])
            for action in _listed(statement["Action"])
        ]

    def right(self, action: str) -> Right:
        """The one to this action."""
        return next(right for right in self.rights() if right.action == action)

    def without(self, right: Right) -> dict[str, Document]:
        """The policies that lack this one; one that allowed nothing else is not among them."""
        documents = copy.deepcopy(self.documents)
        statements = documents[right.policy]["Statement"]
        statement = statements[right.statement]
        statement["Action"] = [action for action in _listed(statement["Action"]) if action != right.action]
        if not statement["Action"]:
            statements.remove(statement)
        return documents if statements else {k: v for k, v in documents.items() if k != right.policy}

    @contextmanager
    def deprived(self, right: Right) -> Generator[None]:
        """The role lacks the right meanwhile."""
        self._put(right.policy, self.without(right).get(right.policy))
        try:
            yield
        finally:
            self._put(right.policy, self.documents[right.policy])

    def unused(self, asks: Sequence[Ask]) -> list[Right]:
        """Rights without which all that was asked for and allowed would still have been allowed."""
        asked = [one for one in asks if one.role_arn == self.arn and _allows(self.documents, one)]
        return [right for right in self.rights() if all(_allows(self.without(right), one) for one in asked)]

    def _put(self, policy: str, document: Document | None) -> None:
        """The policy as it shall be; None: there is none."""
        iam = self.client("iam")
        if document is None:
            iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
        else:
            iam.put_role_policy(RoleName=self.name, PolicyName=policy, PolicyDocument=json.dumps(document))


def recorded(patch: pytest.MonkeyPatch) -> list[Ask]:
    """From now on, what the front door asks the policies of roles."""
    asks: list[Ask] = []

    def recording(documents: Any, ask: Ask, *, resource_based: bool = False) -> Verdict:
        if not resource_based:
            asks.append(ask)
        return evaluate(documents, ask, resource_based=resource_based)

    patch.setattr(authorizer, "evaluate", recording)
    return asks


def _allows(documents: Mapping[str, Document], ask: Ask) -> bool:
    return evaluate(documents.values(), ask) is Verdict.ALLOWED


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
