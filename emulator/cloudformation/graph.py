"""Who depends on whom: references in a template, their order, and work done in that order in parallel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from emulator.cloudformation.intrinsics import SUB_VARIABLE, function_name, invalid, split_get_att

WORKERS = 8
"""Resources of one stack that are worked on at once."""


def references(value: Any, holds: Callable[[str], bool] | None = None) -> Iterator[str]:
    """Names in ``value`` that Ref, GetAtt and Sub point at: logical ids, parameters, pseudo parameters.

    With ``holds`` (condition name -> truth) only the chosen branch of each Fn::If is followed.
    """
    if isinstance(value, Mapping):
        name = function_name(value)
        if name == "Ref":
            yield value["Ref"]
            return
        if name == "Fn::GetAtt":
            logical_id, attribute = split_get_att(value[name])
            yield logical_id
            yield from references(attribute, holds)
            return
        if name == "Fn::Sub":
            yield from _sub_references(value[name], holds)
            return
        if name == "Fn::If" and isinstance(value[name], list) and len(value[name]) == 3:
            condition, if_true, if_false = value[name]
            branches = [if_true, if_false] if holds is None else [if_true if holds(condition) else if_false]
            yield from references(branches, holds)
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from references(item, holds)


def _sub_references(argument: Any, holds: Callable[[str], bool] | None) -> Iterator[str]:
    local: Mapping[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
        argument, local = argument
        yield from references(list(local.values()), holds)
    for literal, name in SUB_VARIABLE.findall(str(argument)):
        if not literal and name.strip() not in local:
            yield name.strip().partition(".")[0]


def depends_on(definition: Mapping[str, Any]) -> list[str]:
    """What a resource names in DependsOn, which may be one name or a list."""
    given = definition.get("DependsOn", [])
    return [given] if isinstance(given, str) else list(given)


def dependencies(
    resources: Mapping[str, Any], holds: Callable[[str], bool] | None = None
) -> dict[str, set[str]]:
    """Of each resource, the others it must wait for; a DependsOn of what is not there is ignored."""
    return {
        logical_id: {
            name
            for name in (*references(definition.get("Properties", {}), holds), *depends_on(definition))
            if name in resources and name != logical_id
        }
        for logical_id, definition in resources.items()
    }


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Every key after all that it needs. Raises ValidationError, in CloudFormation's words, on a circle."""
    done: dict[str, None] = {}
    waiting = {name: set(needed) & set(needs) for name, needed in needs.items()}
    while waiting:
        ready = [name for name, needed in waiting.items() if needed <= done.keys()]
        if not ready:
            circle = ", ".join(sorted(_on_circles(waiting)))
            raise invalid(f"Circular dependency between resources: [{circle}]")
        for name in ready:
            done[name] = None
            del waiting[name]
    return list(done)


def _on_circles(waiting: Mapping[str, set[str]]) -> set[str]:
    """Those that wait for themselves in the end, not those that merely wait for a circle."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(waiting[start])
        while todo:
            name = todo.pop()
            if name in waiting and name not in seen:
                seen.add(name)
                todo.extend(waiting[name])
        return seen

    return {name for name in waiting if name in reach(name)}


def reversed_needs(needs: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """The order of deletion: each waits for those that needed it."""
    turned: dict[str, set[str]] = {name: set() for name in needs}
    for name, needed in needs.items():
        for other in needed:
            if other in turned:
                turned[other].add(name)
    return turned


def run(
    needs: Mapping[str, Collection[str]],
    work: Callable[[str], None],
    stop: threading.Event,
    *,
    carry_on: bool = False,
) -> dict[str, Exception]:
    """Call ``work`` for each key once all that it needs succeeded, side by side; what failed, and how.

    The first failure sets ``stop``, after which nothing new starts; with ``carry_on`` only those that
    need a failed one are left out.
    """
    failures: dict[str, Exception] = {}
    waiting = {name: set(needed) & set(needs) for name, needed in needs.items()}
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="cloudformation") as pool:
        while waiting or running:
            if not stop.is_set() or carry_on:
                for name in [name for name, needed in waiting.items() if not needed]:
                    del waiting[name]
                    running[pool.submit(work, name)] = name
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                name = running.pop(future)
                error = future.exception()
                if isinstance(error, Exception):
                    failures[name] = error
                    if not carry_on:
                        stop.set()
                    continue
                for needed in waiting.values():
                    needed.discard(name)
    return failures
