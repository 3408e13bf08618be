"""What a prediction request must be, and what its answer: pure functions over API Gateway's proxy event."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from predict import protocols
from predict.contract import Model

MAX_INSTANCES = 100
MAX_PROBLEMS = 20
MAX_KEY = 256
KEY_HEADER = "x-caller-key"
VARIANTS = ("champion", "challenger")


class ApiError(Exception):
    """A refusal with its HTTP status, a code for programs, a message for people and the field it is about."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.retry_after = retry_after


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
    name = (event.get("pathParameters") or {}).get("model") or ""
    model = models.get(name)
    if model is None:
        raise ApiError(
            404, "UnknownModel", f"no model {name!r}; there is: {', '.join(sorted(models)) or 'none'}"
        )
    query = event.get("queryStringParameters") or {}
    variant = query.get("variant")
    if variant is not None and variant not in VARIANTS:
        raise ApiError(
            400, "UnknownVariant", f"no variant {variant!r}; there is: champion, challenger", "variant"
        )
    headers = event.get("headers") or {}
    _check_content_type(headers)
    key = _key(query, headers)
    rows = _rows(_parse(_body(event, max_body_bytes)), model)
    return Request(model, variant, key, len(rows), protocols.body(model.protocol, rows))


def read_answer(body: bytes, request: Request) -> dict[str, list[Any]]:
    """`predictions`, for classes also `probabilities`; raises ApiError 502 unless each row has a good one."""
    try:
        return protocols.read(request.model.protocol, request.model.task, body, request.rows)
    except protocols.BadAnswer as error:
        raise ApiError(502, "BadModelAnswer", f"the model's answer {error}") from None


def response(status: int, body: object, retry_after: int | None = None) -> dict[str, Any]:
    """API Gateway's proxy answer with a JSON body."""
    headers = {"Content-Type": "application/json"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return {"statusCode": status, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


def error_response(error: ApiError) -> dict[str, Any]:
    """API Gateway's proxy answer for a refusal."""
    detail = {"code": error.code, "message": str(error)}
    if error.field is not None:
        detail["field"] = error.field
    return response(error.status, {"error": detail}, error.retry_after)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


# Python's parser takes NaN, Infinity and -Infinity, which JSON does not have.
_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _key(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Who calls, as the caller says it: the query's `key`, else the header X-Caller-Key; None without."""
    key = query.get("key")
    if key is None:
        key = _header(headers, KEY_HEADER)
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise ApiError(400, "BadKey", f"the caller's key must have 1 to {MAX_KEY} characters", "key")
    return key


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


def _check_content_type(headers: Mapping[str, str]) -> None:
    given = _header(headers, "content-type") or ""
    media_type, _, parameters = given.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ApiError(
            415, "UnsupportedMediaType", f"Content-Type is {given!r}, must be application/json in UTF-8"
        )


def _body(event: Mapping[str, Any], limit: int) -> bytes:
    text = event.get("body") or ""
    # Four characters of base64 carry three bytes: no need to decode what is too large anyway.
    if len(text) * 3 // 4 > limit:
        raise _too_large(limit)
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ApiError(400, "BadJson", "the body is not base64") from None
    else:
        body = text.encode("utf-8", "surrogatepass")
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "TooLarge", f"the body must have at most {limit} bytes")


def _parse(body: bytes) -> object:
    try:
        return _JSON.decode(body.decode())
    except RecursionError:
        raise ApiError(400, "BadJson", "the body is nested too deeply") from None
    except ValueError as error:
        raise ApiError(400, "BadJson", f"the body is not JSON: {error}") from None


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
        shown = [f"{field} {what}" for field, what in problems[:MAX_PROBLEMS]]
        if len(problems) > MAX_PROBLEMS:
            shown.append(f"and {len(problems) - MAX_PROBLEMS} more")
        raise ApiError(400, "BadFeature", "; ".join(shown), problems[0][0])
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
