"""Dependencies between resources, and work in their order."""

from __future__ import annotations

import threading
import time

import pytest

from emulator.cloudformation import graph


def test_only_the_chosen_branch_of_an_if_is_a_dependency() -> None:
    resources = {
        "A": {"Properties": {"X": {"Fn::If": ["On", {"Ref": "B"}, {"Ref": "C"}]}}},
        "B": {},
        "C": {},
    }
    assert graph.dependencies(resources, lambda _: True)["A"] == {"B"}
    assert graph.dependencies(resources)["A"] == {"B", "C"}


def test_depends_on_may_name_one_or_many() -> None:
    resources = {"A": {"DependsOn": "B"}, "B": {"DependsOn": ["C", "Gone"]}, "C": {}}
    assert graph.dependencies(resources) == {"A": {"B"}, "B": {"C"}, "C": set()}


def test_work_starts_only_after_what_it_needs() -> None:
    done: list[str] = []
    failures = graph.run({"C": {"B"}, "B": {"A"}, "A": set()}, done.append, threading.Event())
    assert (done, failures) == (["A", "B", "C"], {})


def test_independent_work_runs_side_by_side() -> None:
    both = threading.Barrier(2, timeout=60)
    assert graph.run({"A": set(), "B": set()}, lambda _: both.wait() and None, threading.Event()) == {}


@pytest.mark.parametrize(("carry_on", "expected"), [(False, []), (True, ["Late"])])
def test_after_a_failure_nothing_starts_unless_told_to_carry_on(carry_on: bool, expected: list[str]) -> None:
    done: list[str] = []
    failed = threading.Event()

    def work(name: str) -> None:
        if name == "Bad":
            failed.set()
            raise ValueError(name)
        if name == "Slow":
            assert failed.wait(60)
            time.sleep(0.05)
            return
        done.append(name)

    needs = {"Slow": set[str](), "Bad": set[str](), "After": {"Bad"}, "Late": {"Slow"}}
    failures = graph.run(needs, work, threading.Event(), carry_on=carry_on)
    assert list(failures) == ["Bad"]
    assert done == expected


def test_deletion_order_is_the_reverse() -> None:
    needs = {"Endpoint": {"Config"}, "Config": {"Model"}, "Model": set[str]()}
    assert graph.in_order(graph.reversed_needs(needs)) == ["Endpoint", "Config", "Model"]
