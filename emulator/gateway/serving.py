"""Requests to ``<api>.execute-api.<region>.amazonaws.com``, told by their Host header."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from botocore.exceptions import ClientError
from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Principal, host, principal_of
from emulator.errors import AwsError
from emulator.functions import invoke
from emulator.gateway.deployment import Deployment, Method, deployment
from emulator.gateway.proxy import proxy_event, proxy_response
from emulator.gateway.refusals import MALFORMED, NotServed, Refused
from emulator.gateway.throttle import bucket
from emulator.identity import is_allowed
from emulator.signatures import scope_of, session_token

log = logging.getLogger("emulator.gateway")

PAYLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes; API Gateway's quota for a REST API's request."""


@dataclass
class _Exchange:
    """One request on its way: what the access log may ask of it."""

    request: Any
    api_id: str
    region: str
    stage_name: str = ""
    path: str = ""
    stage: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    served: Deployment | None = None
    principal: Principal | None = None
    started: float = field(default_factory=time.time)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    error: Refused | None = None

    @property
    def content_type(self) -> str:
        """The request's media type; API Gateway takes application/json where none is said."""
        return (self.request.content_type or "application/json").partition(";")[0].strip()


@host(r"^[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
def serve(request: Any) -> Response:
    """Answer one request to a deployed API."""
    api_id, _, region, *_ = request.host.split(".")
    exchange = _Exchange(request, api_id, region)
    try:
        response = _answer(exchange)
    except Refused as refused:
        exchange.error = refused
        response = _gateway_response(exchange, refused)
    except NotServed as refused:
        response = Response(refused.body, status=refused.status, content_type=refused.content_type)
        response.headers["x-amzn-ErrorType"] = refused.error_type
    response.headers["x-amzn-RequestId"] = exchange.request_id
    _write_access_log(exchange, response)
    return response


def _answer(exchange: _Exchange) -> Response:
    stage_name, _, path = exchange.request.path.lstrip("/").partition("/")
    exchange.stage_name, exchange.path = stage_name, f"/{path}"
    try:
        exchange.stage = aws.client("apigateway", exchange.region).get_stage(
            restApiId=exchange.api_id, stageName=stage_name
        )
    except ClientError:
        body = json.dumps({"message": "Forbidden"})
        raise NotServed(403, "ForbiddenException", body, "application/json") from None
    body = exchange.request.get_data()
    if len(body) > PAYLOAD_LIMIT:
        text = f"HTTP content length exceeded {PAYLOAD_LIMIT} bytes."
        raise NotServed(413, "RequestTooLargeException", text, "text/plain")
    served = deployment(exchange.api_id, exchange.stage["deploymentId"], exchange.region)
    exchange.served = served
    found = served.find(exchange.request.method, exchange.path)
    if found is None:
        raise Refused("MISSING_AUTHENTICATION_TOKEN")
    method, parameters = found
    _authorize(exchange, method)
    _throttle(exchange, method)
    _validate(exchange, method, body)
    return _integrate(exchange, served, method, parameters, body)


def _authorize(exchange: _Exchange, method: Method) -> None:
    if method.authorization == "NONE":
        return
    if method.authorization != "AWS_IAM":
        raise Refused("API_CONFIGURATION_ERROR")
    scope = scope_of(exchange.request)
    if scope is None:
        raise Refused("MISSING_AUTHENTICATION_TOKEN")
    wrong = [
        *([] if scope.region == exchange.region else [f"a valid region, not '{scope.region}'"]),
        *([] if scope.signing_name == "execute-api" else ["correct service: 'execute-api'"]),
    ]
    if wrong:
        raise Refused("INVALID_SIGNATURE", " ".join(f"Credential should be scoped to {w}." for w in wrong))
    try:
        principal = principal_of(scope.access_key, session_token(exchange.request))
    except AwsError as error:
        raise Refused("INVALID_SIGNATURE") from error
    exchange.principal = principal
    resource = _method_arn(exchange, exchange.request.method, exchange.path)
    if not principal.is_emulator and not is_allowed(principal, "execute-api:Invoke", resource, {}):
        shown = resource.replace(aws.ACCOUNT, f"{'*' * 8}{aws.ACCOUNT[-4:]}")
        message = (
            f"User: {principal.arn} is not authorized to perform: execute-api:Invoke on resource: {shown}"
        )
        raise Refused("ACCESS_DENIED", message)


def _method_arn(exchange: _Exchange, http_method: str, path: str) -> str:
    root = f"arn:aws:execute-api:{exchange.region}:{aws.ACCOUNT}:{exchange.api_id}"
    return f"{root}/{exchange.stage_name}/{http_method}{path}"


def _throttle(exchange: _Exchange, method: Method) -> None:
    told: dict[str, Any] = exchange.stage.get("methodSettings", {})
    settings = {place.replace("~1", "/").lstrip("/"): limits for place, limits in told.items()}
    own = f"{method.resource_path}/{method.http_method}".lstrip("/")
    limits = settings.get(own) or settings.get("*/*") or {}
    rate, burst = limits.get("throttlingRateLimit"), limits.get("throttlingBurstLimit")
    if rate is None or burst is None or burst < 0:
        return
    key = (exchange.api_id, exchange.stage_name, method.resource_path, method.http_method)
    if not bucket(key, float(rate), float(burst)).take():
        raise Refused("THROTTLED")


def _validate(exchange: _Exchange, method: Method, body: bytes) -> None:
    if method.validate_parameters:
        missing = [name for name in method.required_parameters if not _has_parameter(exchange, name)]
        if missing:
            names = ", ".join(name.rsplit(".", 1)[1] for name in missing)
            raise Refused("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]")
    if method.validate_body:
        schema = method.body_schemas.get(exchange.content_type)
        if schema is None:
            return  # a type without a model is not validated
        try:
            jsonschema.validate(json.loads(body), schema)
        except (ValueError, jsonschema.ValidationError):
            raise Refused("BAD_REQUEST_BODY") from None


def _has_parameter(exchange: _Exchange, name: str) -> bool:
    kind, key = name.removeprefix("method.request.").split(".", 1)
    places = {"querystring": exchange.request.args, "header": exchange.request.headers}
    return kind not in places or bool(places[kind].get(key))


_FUNCTION = re.compile(r"functions/(arn:aws:lambda:[^/]+)/invocations")


def _integrate(
    exchange: _Exchange, served: Deployment, method: Method, parameters: dict[str, str], body: bytes
) -> Response:
    function = _FUNCTION.search(method.integration.get("uri", ""))
    if method.integration.get("type") != "AWS_PROXY" or not function:
        log.error("%s: only Lambda proxy integrations are served", method.resource_path)
        raise Refused("API_CONFIGURATION_ERROR")
    event = proxy_event(
        exchange.request,
        body,
        stage=exchange.stage_name,
        path=exchange.path,
        resource_path=method.resource_path,
        path_parameters=parameters,
        context={
            "accountId": aws.ACCOUNT,
            "apiId": exchange.api_id,
            "requestId": exchange.request_id,
            "httpMethod": exchange.request.method,
            "requestTimeEpoch": int(exchange.started * 1000),
        },
        principal=exchange.principal,
        binary=served.is_binary(exchange.content_type),
    )
    source = ("apigateway.amazonaws.com", _method_arn(exchange, method.http_method, method.resource_path))
    try:
        result = invoke(function.group(1), json.dumps(event).encode(), source=source)
    except AwsError as error:
        log.warning("%s: %s", method.resource_path, error)
        raise Refused("API_CONFIGURATION_ERROR") from error
    limit = int(method.integration.get("timeoutInMillis") or 29000) / 1000
    if time.time() - exchange.started > limit:
        raise Refused("INTEGRATION_TIMEOUT")
    accept = exchange.request.headers.get("Accept", "").partition(",")[0].partition(";")[0].strip()
    response = None if result.function_error else proxy_response(result.payload, served.is_binary(accept))
    if response is None:
        log.warning("%s: the function answered %s", method.resource_path, result.payload[:1000])
        raise Refused("API_CONFIGURATION_ERROR", status=MALFORMED)
    return response


def _gateway_response(exchange: _Exchange, refused: Refused) -> Response:
    responses = exchange.served.responses if exchange.served else {}
    kind = "DEFAULT_4XX" if refused.status < 500 else "DEFAULT_5XX"
    custom = responses.get(refused.response_type) or responses.get(kind) or {}
    body = json.dumps({"message": refused.message})
    template = (custom.get("responseTemplates") or {}).get("application/json")
    if template:
        body = _rendered(template, exchange)
    status = int(custom.get("statusCode") or refused.status)
    response = Response(body, status=status, content_type="application/json")
    response.headers["x-amzn-ErrorType"] = refused.error_type
    return response


def _rendered(template: str, exchange: _Exchange, response: Response | None = None) -> str:
    error = exchange.error
    values = {
        "requestId": exchange.request_id,
        "requestTimeEpoch": int(exchange.started * 1000),
        "identity.userArn": exchange.principal.arn if exchange.principal else "-",
        "identity.sourceIp": exchange.request.remote_addr,
        "httpMethod": exchange.request.method,
        "path": f"/{exchange.stage_name}{exchange.path}",
        "status": response.status_code if response else "-",
        "responseLatency": int((time.time() - exchange.started) * 1000),
        "error.responseType": error.response_type if error else "-",
        "error.messageString": json.dumps(error.message) if error else "-",
        "error.message": error.message if error else "-",
    }
    return re.sub(r"\$context\.([A-Za-z.]+)", lambda found: str(values.get(found.group(1), "-")), template)


def _write_access_log(exchange: _Exchange, response: Response) -> None:
    settings = exchange.stage.get("accessLogSettings") or {}
    if not settings.get("destinationArn"):
        return
    group = settings["destinationArn"].split(":log-group:", 1)[1].removesuffix(":*")
    logs, stream = aws.client("logs", exchange.region), f"{exchange.api_id}-{exchange.stage_name}"
    event = {
        "timestamp": int(time.time() * 1000),
        "message": _rendered(settings["format"], exchange, response),
    }
    try:
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    except logs.exceptions.ResourceNotFoundException:
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        except ClientError as error:
            log.warning("access log %s: %s", group, error)
