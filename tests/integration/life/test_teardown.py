"""The end; the last file of the folder by name, as nothing is deployed after it."""

from __future__ import annotations

from cli import teardown
from cli.session import Session
from tests.integration.life.walking import ignore


def test_destroyed_nothing_that_costs_money_is_left(life: Session) -> None:
    assert teardown.destroy(life, ignore) == []
    assert teardown.environment_stacks(life) == []
    left = [item for item in teardown.costs_left(life) if "dev-" in item or "lifecycle" in item]
    assert left == []
