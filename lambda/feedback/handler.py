"""POST /models/{model}/feedback, and files of outcomes in S3: counts them for the trial that runs.

A file `feedback/<model>/…` is JSON lines, each one outcome as in a request. What is wrong with a line is
logged, and the others count; a file that comes again counts nothing twice.

Environment: OUTCOMES_FILE (outcomes.json in the asset), TRIALS_TABLE.
IAM permissions: dynamodb:GetItem, PutItem and UpdateItem on the table; s3:GetObject on `feedback/*` of the
data bucket, and kms:Decrypt on its key.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from feedback import aws, outcomes
from feedback.count import Contended, count
from feedback.settings import MAX_BODY_BYTES, Settings
from handler_common import api, logs

SETTINGS = Settings.read()
KINDS: dict[str, str] = json.loads(SETTINGS.outcomes_file.read_text(encoding="utf-8"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's proxy event in, its proxy answer out; or an S3 object's event from EventBridge in."""
    if event.get("source") == "aws.s3":
        return _file(event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
    name = (event.get("pathParameters") or {}).get("model")
    fields: dict[str, object] = {"request_id": context.aws_request_id, "model": name}
    try:
        model = api.model_name(event, KINDS)
        told = outcomes.read(api.document(event, MAX_BODY_BYTES), KINDS[model])
        result = count(SETTINGS.table, model, told)
    except Exception as error:
        logs.error("refused", **fields, cause=repr(error))
        return api.error_response(_refusal(error))
    logs.info("feedback", **fields, counted=result.counted, repeated=result.repeated)
    ignored = [{"index": index, "reason": reason} for index, reason in sorted(result.ignored.items())]
    answer = {"model": model, "counted": result.counted, "repeated": result.repeated, "ignored": ignored}
    return api.response(200, answer)


def _refusal(error: Exception) -> api.ApiError:
    if isinstance(error, api.ApiError):
        return error
    if isinstance(error, Contended):
        return api.ApiError(
            503, "Busy", "others give feedback at the same time; send it again", retry_after=1
        )
    return api.internal()


def _file(bucket: str, key: str) -> dict[str, Any]:
    """Counts a file `feedback/<model>/…`; raises Contended, so that the event comes again."""
    model = key.split("/")[1] if key.count("/") >= 2 else ""
    if model not in KINDS:
        logs.error("no such model", key=key, models=sorted(KINDS))
        return {"key": key, "counted": 0}
    problems: list[tuple[str, str]] = []
    numbered = enumerate(aws.lines(bucket, key), 1)
    read = (_line(line, KINDS[model], f"line {number}", problems) for number, line in numbered)
    total = {"counted": 0, "repeated": 0, "ignored": 0}
    for batch in _batches(outcome for outcome in read if outcome):
        result = count(SETTINGS.table, model, batch)
        total["counted"] += result.counted
        total["repeated"] += result.repeated
        total["ignored"] += len(result.ignored)
    wrong = [f"{where} {what}" for where, what in problems[: api.MAX_PROBLEMS]]
    logs.info("file of outcomes", model=model, key=key, **total, wrong=len(problems), problems=wrong)
    return {"key": key, **total, "wrong": len(problems)}


def _batches(told: Iterable[outcomes.Outcome]) -> Iterator[list[outcomes.Outcome]]:
    """As many at a time as one transaction takes."""
    rest = iter(told)
    while batch := list(islice(rest, outcomes.MAX_OUTCOMES)):
        yield batch


def _line(line: bytes, kind: str, where: str, problems: list[tuple[str, str]]) -> outcomes.Outcome | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        problems.append((where, f"is not JSON: {error}"))
        return None
    return outcomes.read_one(entry, kind, where, problems)
