"""What a prediction request must be, and what its answer: pure functions over API Gateway's proxy event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handler_common import api
from handler_common.api import ApiError
from handler_common.stack_trial import VARIANTS
from predict import protocols
from predict.contract import Model

MAX_INSTANCES = 100
MAX_KEY = 256
KEY_HEADER = "x-caller-key"


@dataclass(frozen=True)
class Request:
    """A checked request: its model, its rows, the body for the endpoint.

    variant: the one asked for, or None. key: the caller's, which keeps it on one variant, or None.
    """

    model: Model
    variant: str | None
    key: str | None
    rows: int
    body: bytes


def read_request(event: Mapping[str, Any], models: Mapping[str, Model], max_body_bytes: int) -> Request:
    """The checked request in an API Gateway proxy event; raises ApiError (400, 404, 413, 415)."""
    model = models[api.model_name(event, models)]
    query = event.get("queryStringParameters") or {}
    variant = query.get("variant")
    if variant is not None and variant not in VARIANTS:
        raise ApiError(
            400, "UnknownVariant", f"no variant {variant!r}; there is: champion, challenger", "variant"
        )
    key = _key(query, event.get("headers") or {})
    rows = _rows(api.document(event, max_body_bytes), model)
    return Request(model, variant, key, len(rows), protocols.body(model.protocol, rows))


def read_answer(body: bytes, request: Request) -> dict[str, list[Any]]:
    """`predictions`, for classes also `probabilities`; raises ApiError 502 unless each row has a good one."""
    try:
        return protocols.read(request.model.protocol, request.model.task, body, request.rows)
    except protocols.BadAnswer as error:
        raise ApiError(502, "BadModelAnswer", f"the model's answer {error}") from None


def _key(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Who calls, as the caller says it: the query's `key`, else the header X-Caller-Key; None without."""
    key = query.get("key")
    if key is None:
        key = api.header(headers, KEY_HEADER)
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise ApiError(400, "BadKey", f"the caller's key must have 1 to {MAX_KEY} characters", "key")
    return key


def _rows(document: object, model: Model) -> list[list[object]]:
    if not isinstance(document, dict) or set(document) != {"instances"}:
        raise ApiError(400, "BadRequest", 'the body must be {"instances": [{…}, …]}', "instances")
    instances = document["instances"]
    if not isinstance(instances, list) or not 1 <= len(instances) <= MAX_INSTANCES:
        raise ApiError(
            400, "BadRequest", f"instances must be a list of 1 to {MAX_INSTANCES} objects", "instances"
        )
    problems: list[tuple[str, str]] = []
    rows = [
        _row(instance, model, f"instances[{index}]", problems) for index, instance in enumerate(instances)
    ]
    if problems:
        raise api.bad_fields("BadFeature", problems)
    return rows


def _row(instance: object, model: Model, where: str, problems: list[tuple[str, str]]) -> list[object]:
    """The instance's values in the model's order; what is wrong with it goes to `problems`."""
    if not isinstance(instance, dict):
        problems.append((where, "must be an object of features"))
        return []
    row: list[object] = []
    given = 0
    for feature in model.features:
        if feature.name in instance:
            given += 1
        elif not feature.optional:
            problems.append((f"{where}.{feature.name}", "is missing"))
            continue
        value = instance.get(feature.name)
        wrong = feature.wrong(value)
        if wrong:
            problems.append((f"{where}.{feature.name}", wrong))
        row.append(value)
    if len(instance) > given:
        problems.extend(
            (f"{where}.{name}", "is no feature of the model") for name in instance if name not in model.names
        )
    return row
