"""What every route of the API shares: JSON in, JSON out, refusals in one shape. Pure, over proxy events."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NoReturn

MAX_PROBLEMS = 20


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


def model_name(event: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """The model in the path; raises ApiError 404 when it is none of `models`."""
    name = (event.get("pathParameters") or {}).get("model") or ""
    if name not in models:
        raise ApiError(
            404, "UnknownModel", f"no model {name!r}; there is: {', '.join(sorted(models)) or 'none'}"
        )
    return name


def document(event: Mapping[str, Any], max_body_bytes: int) -> object:
    """What the body says in JSON; raises ApiError (400, 413, 415)."""
    _check_content_type(event.get("headers") or {})
    return _parse(_body(event, max_body_bytes))


def header(headers: Mapping[str, str], wanted: str) -> str | None:
    """The header whose name in lower case is `wanted`, None without."""
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


def bad_fields(code: str, problems: list[tuple[str, str]]) -> ApiError:
    """The refusal for fields and what is wrong with each; at least one."""
    shown = [f"{field} {what}" for field, what in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        shown.append(f"and {len(problems) - MAX_PROBLEMS} more")
    return ApiError(400, code, "; ".join(shown), problems[0][0])


def internal() -> ApiError:
    """The refusal for a fault of ours; what it was stands in the log only."""
    return ApiError(500, "Internal", "the service failed; the reason is in its log")


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


def _check_content_type(headers: Mapping[str, str]) -> None:
    given = header(headers, "content-type") or ""
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
