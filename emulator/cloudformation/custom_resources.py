"""Custom resources: a Lambda function is asked, and answers with a PUT to a URL of the emulator."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.wrappers import Response

from emulator import aws, clock
from emulator.cloudformation.intrinsics import text
from emulator.cloudformation.provider import (
    Created,
    Fidelity,
    Properties,
    ResourceContext,
    ResourceFailure,
    provides,
)
from emulator.edge import route

MAX_RESPONSE_BYTES = 4096
"""Limit of a custom resource's response ("Custom resource response objects")."""
DEFAULT_TIMEOUT = 3600
"""Seconds until CloudFormation gives up, when ServiceTimeout says nothing else."""
SHORTEST_WAIT = 30.0
"""Real seconds that a handler has at least, however much the clock is shortened: its process must start."""
POLL = 0.2
"""Real seconds between two looks at whether the operation was cancelled."""

PATH = "/_emulator/custom-resources/"


@dataclass
class _Answer:
    arrived: threading.Event = field(default_factory=threading.Event)
    body: bytes = b""


_waiting: dict[str, _Answer] = {}


@route(rf"^{PATH}[0-9a-f-]+$")
def receive(request: BackendRequest) -> Response:
    """A handler's answer. The URL is good for one PUT, by whoever knows it, as the presigned one on AWS."""
    answer = _waiting.get(request.path.removeprefix(PATH))
    if answer is None or request.method != "PUT":
        return Response("no such response URL, or it was answered already", status=403)
    answer.body = request.get_data()
    answer.arrived.set()
    return Response("")


def strings(value: Any) -> Any:
    """Properties as a custom resource sees them: every scalar is a string."""
    if isinstance(value, Mapping):
        return {key: strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [strings(item) for item in value]
    return text(value)


class CustomResource:
    """``AWS::CloudFormation::CustomResource``, and so ``Custom::X``, whose ServiceToken is a function."""

    type = "AWS::CloudFormation::CustomResource"
    fidelity: Fidelity = "real"
    note = "ServiceToken must be a Lambda function; SNS topics are refused"

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Never beforehand: the handler replaces by answering with another PhysicalResourceId."""
        return False

    def create(self, context: ResourceContext, properties: Properties) -> Created:
        """Ask the handler to create; without a PhysicalResourceId in its answer one is generated."""
        return self._ask(context, "Create", properties, "", {})

    def update(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> Created:
        """Ask it to update. Another physical id in the answer makes the old one a leftover to delete."""
        if old.get("ServiceToken") != new.get("ServiceToken"):
            raise ResourceFailure("Modifying service token is not allowed.")
        extra = {"OldResourceProperties": strings(_without_timeout(old))}
        return self._ask(context, "Update", new, physical_id, extra)

    def delete(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Ask it to delete."""
        self._ask(context, "Delete", properties, physical_id, {})

    def _ask(
        self,
        context: ResourceContext,
        kind: str,
        properties: Properties,
        physical_id: str,
        extra: dict[str, Any],
    ) -> Created:
        token = str(properties.get("ServiceToken", ""))
        if ":lambda:" not in token:
            raise ResourceFailure(f"ServiceToken must be the ARN of a Lambda function, and is {token!r}")
        request_id = str(uuid.uuid4())
        answer = _waiting[request_id] = _Answer()
        event = {
            "RequestType": kind,
            "ServiceToken": token,
            "ResponseURL": f"{aws.endpoint_url()}{PATH}{request_id}",
            "StackId": context.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": context.logical_id,
            "ResourceType": context.resource_type,
            "ResourceProperties": strings(_without_timeout(properties)),
            **extra,
        }
        if physical_id:
            event["PhysicalResourceId"] = physical_id
        try:
            context.client("lambda").invoke(
                FunctionName=token, InvocationType="Event", Payload=json.dumps(event)
            )
            self._wait(context, answer, int(properties.get("ServiceTimeout", DEFAULT_TIMEOUT)))
        finally:
            del _waiting[request_id]
        return self._read(context, answer.body, physical_id, request_id)

    @staticmethod
    def _wait(context: ResourceContext, answer: _Answer, timeout: int) -> None:
        left = max(timeout * clock.scale, SHORTEST_WAIT)
        while not answer.arrived.wait(min(POLL, left)):
            left -= POLL
            if context.cancelled():
                raise ResourceFailure("Resource creation cancelled")
            if left <= 0:
                raise ResourceFailure(
                    "CloudFormation did not receive a response from your Custom Resource. Please check "
                    f"your logs for requestId [{uuid.uuid4()}]. If you are using the Python cfn-response "
                    "module, you may need to update your Lambda function code so that CloudFormation can "
                    "attach the updated version."
                )

    @staticmethod
    def _read(context: ResourceContext, body: bytes, physical_id: str, request_id: str) -> Created:
        if len(body) > MAX_RESPONSE_BYTES:
            raise ResourceFailure("Response object is too long.")
        try:
            answer = json.loads(body)
            status, data = answer["Status"], answer.get("Data") or {}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ResourceFailure(
                f"Invalid response object: Value of property {{Status}} must be a String: {body[:200]!r}"
            ) from None
        found = str(answer.get("PhysicalResourceId") or physical_id or context.generated_name())
        if status != "SUCCESS":
            raise ResourceFailure(
                f"Received response status [{status}] from custom resource. Message returned: "
                f"{answer.get('Reason', 'No reason given')} (RequestId: {request_id})",
                physical_id=found,
            )
        return Created(found, data)


def _without_timeout(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "ServiceTimeout"}


class _Nothing:
    """A type that makes nothing on AWS either."""

    fidelity: Fidelity = "real"
    note = "makes nothing, as on AWS"

    def __init__(self, kind: str) -> None:
        self.type = kind

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Never."""
        return False

    def create(self, context: ResourceContext, properties: Properties) -> Created:
        """A name; for a wait-condition handle it stands for the URL that nobody calls here."""
        return Created(context.generated_name())

    def update(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> Created:
        """Nothing to do."""
        return Created(physical_id)

    def delete(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Nothing to do."""


provides(CustomResource())
for _kind in ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"):
    provides(_Nothing(_kind))
