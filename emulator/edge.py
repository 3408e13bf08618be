"""The front door: every request is understood, authorized, and answered here or handed on to moto.

A request is read with botocore's own service models, so a handler sees the operation's parameters by their
documented names and answers with a dict of the documented shape.
"""

from __future__ import annotations

import functools
import gzip
import json
import logging
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import botocore.parsers
from botocore.exceptions import UnknownServiceError
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel, StructureShape
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker, get_serializer_class
from moto.moto_server.werkzeug_app import BackendRequest, DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from emulator import aws
from emulator.errors import AwsError
from emulator.signatures import (
    UNSIGNED_ACTIONS,
    Scope,
    anonymous_refusal,
    refusal,
    refuse_expired,
    scope_of,
    session_token,
)

log = logging.getLogger("emulator.edge")

# SigV4 signing names whose botocore service goes by another name.
SERVICE_BY_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "elasticloadbalancing": "elbv2",
}

COMPRESSED = ("monitoring",)
"""Services to which botocore compresses requests of 10 KiB and more: `requestcompression` in their models."""


@dataclass(frozen=True)
class Principal:
    """Who calls. ``role_arn`` is None for the developer, who may do everything, and the emulator."""

    arn: str
    role_arn: str | None = None
    is_emulator: bool = False


DEVELOPER = Principal(f"arn:aws:iam::{aws.ACCOUNT}:user/developer")
EMULATOR = Principal(f"arn:aws:iam::{aws.ACCOUNT}:root", is_emulator=True)


@dataclass
class Call:
    """One request, understood; ``service`` and ``operation`` are botocore's names (as CreateModel)."""

    service: str
    operation: str
    params: dict[str, Any]
    principal: Principal
    access_key: str
    region: str
    request: BackendRequest
    model: OperationModel
    account: str = aws.ACCOUNT
    _forward: Callable[[], Response] = field(repr=False, default=lambda: Response(status=500))

    def forward(self) -> Response:
        """What moto answers to this very request."""
        return self._forward()

    def forward_parsed(self) -> dict[str, Any]:
        """What moto answers, parsed by the model; raises AwsError where moto answers an error."""
        response = self.forward()
        parser = botocore.parsers.create_parser(str(self.model.service_model.resolved_protocol))
        parsed: dict[str, Any] = parser.parse(
            {
                "status_code": response.status_code,
                "headers": dict(response.headers),
                "body": response.get_data(),
            },
            self.model.output_shape,
        )
        if response.status_code >= 300:
            error = parsed.get("Error", {})
            raise AwsError(
                error.get("Code", "InternalFailure"), error.get("Message", ""), status=response.status_code
            )
        parsed.pop("ResponseMetadata", None)
        return parsed


Handler = Callable[[Call], "dict[str, Any] | Response | None"]
Route = Callable[[BackendRequest], Response]
Interceptor = Callable[[Call], None]
Observer = Callable[[Call, Response], None]

_operations: dict[tuple[str, str], Handler] = {}
_whole_services: dict[str, str] = {}
_routes: list[tuple[re.Pattern[str], Route]] = []
_hosts: list[tuple[re.Pattern[str], Route]] = []


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Answer these operations of ``service`` with the decorated function instead of moto.

    The function returns a dict of the operation's output shape (None for an empty answer), or a whole
    Response such as ``call.forward()``; it raises AwsError to refuse.
    """

    def register(handler: Handler) -> Handler:
        for name in names:
            if (service, name) in _operations:
                raise RuntimeError(f"{service}:{name} has two handlers")
            _operations[service, name] = handler
        return handler

    return register


def whole_service(service: str, reason: str) -> None:
    """Operations of ``service`` that have no handler are refused instead of handed on to moto."""
    _whole_services[service] = reason


def route(path: str) -> Callable[[Route], Route]:
    """Answer plain HTTP requests whose path matches this regular expression (the emulator's own routes)."""

    def register(handler: Route) -> Route:
        _routes.append((re.compile(path), handler))
        return handler

    return register


def host(pattern: str) -> Callable[[Route], Route]:
    """Answer requests whose Host header matches this regular expression (execute-api)."""

    def register(handler: Route) -> Route:
        _hosts.append((re.compile(pattern), handler))
        return handler

    return register


interceptors: list[Interceptor] = []
"""Called with each Call before authorization; one that raises AwsError fails the call (fault injection)."""

observers: list[Observer] = []
"""Called with each Call and its answer before that is sent; one that raises Unanswered keeps it back."""


class Unanswered(Exception):
    """Raised by an interceptor or an observer: the connection is cut instead of answered."""


class Edge:
    """The WSGI application. ``authorize`` raises AwsError for what the principal may not do."""

    def __init__(self, authorize: Callable[[Call], None] | None = None) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        # Else it lists its own folders again for each request.
        self._moto.get_backend_for_host = functools.cache(self._moto.get_backend_for_host)
        self._authorize = authorize

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request. Raises ConnectionAbortedError where the caller shall get no answer."""
        request = _buffered(environ)
        try:
            response = self._respond(request)
        except Unanswered as cut:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError(str(cut)) from cut  # which the server takes for a client that left
        log.debug("%s %s -> %s", request.method, request.url, response.status_code)
        return response(environ, start_response)

    def _respond(self, request: BackendRequest) -> Response:
        for pattern, handler in _hosts:
            if pattern.match(request.host):
                return handler(request)
        for pattern, handler in _routes:
            if pattern.match(request.path):
                return handler(request)
        scope = scope_of(request)
        if scope is None:
            known = request.values.get("Action") in UNSIGNED_ACTIONS
            return self._to_moto(request) if known else anonymous_refusal(request)
        if request.headers.get("Content-Encoding") == "gzip" and scope.signing_name in COMPRESSED:
            request = _inflated(request)
        call = self._understand(request, scope)
        if call is None:
            return self._to_moto_as_it_is(request, scope)
        response = self._answer(call)
        for observer in observers:
            observer(call, response)
        return response

    def _answer(self, call: Call) -> Response:
        try:
            self._identify(call)
            for interceptor in interceptors:
                interceptor(call)
            if self._authorize and not call.principal.is_emulator:
                self._authorize(call)
            handler = _operations.get((call.service, call.operation))
            if handler:
                result = handler(call)
                return result if isinstance(result, Response) else _serialized(call, result or {})
            if call.service in _whole_services:
                what = f"{call.service}:{call.operation}"
                reason = _whole_services[call.service]
                raise AwsError("NotImplemented", f"the emulator does not do {what}: {reason}", status=501)
            return self._to_moto(call.request)
        except Unanswered:
            raise
        except AwsError as error:
            log.info("%s:%s refused: %s", call.service, call.operation, error)
            return _serialized(call, error)
        except ServiceException as error:  # raised by moto's back ends, which some handlers call
            log.info("%s:%s refused: %s", call.service, call.operation, error)
            return _serialized(call, AwsError(error.code, error.message))
        except NotImplementedError as error:
            return _serialized(call, AwsError("NotImplemented", f"emulator: {error}", status=501))
        except Exception as error:
            log.exception("%s:%s broke the emulator", call.service, call.operation)
            return _serialized(call, AwsError("InternalFailure", f"emulator: {error!r}", status=500))

    def _to_moto(self, request: BackendRequest) -> Response:
        environ = dict(request.environ)
        environ["wsgi.input"] = BytesIO(request.get_data())
        environ.pop("werkzeug.request", None)
        return Response.from_app(self._moto, environ, buffered=True)

    def _to_moto_as_it_is(self, request: BackendRequest, scope: Scope) -> Response:
        """Only moto can tell what is asked: a role is refused, as its policies cannot be asked."""
        try:
            if principal_of(scope.access_key, session_token(request)).role_arn:
                message = f"emulator: the operation of this request to {scope.signing_name} is not known"
                raise AwsError("AccessDenied", message, status=403)
            return self._to_moto(request)
        except AwsError as error:
            return refusal(request, error)
        except NotImplementedError as error:
            return refusal(request, AwsError("NotImplemented", f"emulator: {error}", status=501))

    def _understand(self, request: BackendRequest, scope: Scope) -> Call | None:
        """The Call in this request, or None where botocore's models do not know it."""
        service = SERVICE_BY_SIGNING_NAME.get(scope.signing_name, scope.signing_name)
        if service == "sagemaker" and request.path.endswith(("/invocations", "/async-invocations")):
            service = "sagemaker-runtime"
        try:
            operation_model, uri_params = get_service_router(service).match(request)
        except (NotFound, NotImplementedError, LookupError, UnknownServiceError):
            return None
        return Call(
            service=service,
            operation=str(operation_model.name),
            params={name: unquote(str(value)) for name, value in uri_params.items()},
            principal=DEVELOPER,
            access_key=scope.access_key,
            region=scope.region,
            request=request,
            model=operation_model,
            _forward=lambda: self._to_moto(request),
        )

    def _identify(self, call: Call) -> None:
        """Read the caller and, but for S3 where the body is the object, the parameters."""
        refuse_expired(call.request)
        call.principal = principal_of(call.access_key, session_token(call.request))
        if call.service != "s3":
            call.params = _parsed(call.request, call.model, call.params)


def _buffered(environ: dict[str, Any]) -> BackendRequest:
    request = BackendRequest(environ)
    body = request.get_data(cache=True, parse_form_data=False)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)
    buffered = BackendRequest(environ)
    buffered.get_data(cache=True, parse_form_data=False)  # before form parsing empties the stream
    return buffered


def _inflated(request: BackendRequest) -> BackendRequest:
    environ = {**request.environ, "wsgi.input": BytesIO(gzip.decompress(request.get_data()))}
    for name in ("werkzeug.request", "HTTP_CONTENT_ENCODING"):
        environ.pop(name, None)
    environ["CONTENT_LENGTH"] = str(environ["wsgi.input"].getbuffer().nbytes)
    return _buffered(environ)


def principal_of(access_key: str, session_token: str | None) -> Principal:
    """Who owns the key. Any key that came without a session token is the developer's, an administrator.

    Raises AwsError InvalidClientTokenId for a session that was never handed out.
    """
    if access_key == aws.SERVICE_KEY:
        return EMULATOR
    session = sts_backends[aws.ACCOUNT][aws.PARTITION].get_assumed_role_from_access_key(access_key)
    if session is not None and session.session_token == session_token:
        return Principal(arn=session.arn, role_arn=session.role_arn)
    if session_token:
        raise AwsError(
            "InvalidClientTokenId", "The security token included in the request is invalid.", status=403
        )
    return DEVELOPER


def _parsed(request: BackendRequest, model: OperationModel, uri_params: dict[str, Any]) -> dict[str, Any]:
    protocol = determine_request_protocol(model.service_model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](model, map_type=dict)
    try:
        _refuse_broken_json(request, model, protocol)
        return parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": uri_params,
            }
        )
    except (RequestParserError, ValueError, TypeError, AttributeError) as error:
        raise AwsError("SerializationException", str(error)) from error


def _refuse_broken_json(request: BackendRequest, model: OperationModel, protocol: str) -> None:
    """Raises ValueError: moto's parser takes a body that is no JSON for one without members."""
    shape: Any = model.input_shape
    if protocol in ("json", "rest-json") and shape and "payload" not in shape.serialization:
        body = request.get_data()
        if body and not isinstance(json.loads(body), dict):
            raise ValueError("the body is not a JSON object")


def _serialized(call: Call, result: dict[str, Any] | AwsError) -> Response:
    protocol = determine_request_protocol(call.model.service_model, call.request.content_type)
    serializer = get_serializer_class(call.service, protocol)(operation_model=call.model, value_picker=_pick)
    answer = serializer.serialize(result)
    status = answer["status_code"]
    if isinstance(result, AwsError) and not _models_error(call.model, result.code):
        status = result.status
    headers = {"x-amzn-RequestId": "00000000-0000-0000-0000-000000000000", **answer["headers"]}
    return Response(answer["body"], status=status, headers=headers)


_pick_of_object = XFormedAttributePicker()


def _pick(context: AttributePickerContext) -> Any:
    """A member's value: handlers answer in the members' own names, moto's objects in others like them."""
    value = context.obj
    return value.get(context.key) if isinstance(value, dict) else _pick_of_object(context)


def _models_error(model: OperationModel, code: str) -> bool:
    shapes: list[StructureShape] = model.service_model.error_shapes  # pyright: ignore[reportAssignmentType]
    return any(code in (shape.name, shape.error_code) for shape in shapes)
