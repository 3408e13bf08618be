"""Files of outcomes: JSON lines in the data bucket, below `feedback/<model>/`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from feedback import aws, outcomes
from feedback.count import count
from feedback.outcomes import Outcome
from handler_common import api, logs


def count_file(table: str, kinds: Mapping[str, str], detail: Mapping[str, Any]) -> dict[str, Any]:
    """Counts the file that an event of S3 is about: how many outcomes, and how many lines were wrong.

    What was counted before Contended is raised counts once when the event comes again.
    """
    key = detail["object"]["key"]
    model = key.split("/")[1] if key.count("/") >= 2 else ""
    if model not in kinds:
        logs.error("no such model", key=key, models=sorted(kinds))
        return {"key": key, "counted": 0}
    problems: list[tuple[str, str]] = []
    lines = enumerate(aws.lines(detail["bucket"]["name"], key), 1)
    read = (_outcome(line, kinds[model], f"line {number}", problems) for number, line in lines)
    total = {"counted": 0, "repeated": 0, "ignored": 0}
    for batch in _batches(outcome for outcome in read if outcome):
        result = count(table, model, batch)
        total["counted"] += result.counted
        total["repeated"] += result.repeated
        total["ignored"] += len(result.ignored)
    wrong = [f"{where} {what}" for where, what in problems[: api.MAX_PROBLEMS]]
    logs.info("file of outcomes", model=model, key=key, **total, wrong=len(problems), problems=wrong)
    return {"key": key, **total, "wrong": len(problems)}


def _batches(told: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """As many at a time as one transaction takes."""
    rest = iter(told)
    while batch := list(islice(rest, outcomes.MAX_OUTCOMES)):
        yield batch


def _outcome(line: bytes, kind: str, where: str, problems: list[tuple[str, str]]) -> Outcome | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        problems.append((where, f"is not JSON: {error}"))
        return None
    return outcomes.read_one(entry, kind, where, problems)
