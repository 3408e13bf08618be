"""The bus: events come in, rules that match send them to their targets."""

from __future__ import annotations

import functools
import json
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.events.models import EventBus, Rule, events_backends
from werkzeug.wrappers import Response

from emulator import aws, metrics
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.events import delivery, inputs, patterns, schedules
from emulator.events.targets import Delivery

log = logging.getLogger("emulator.events")
MAX_ENTRIES = 10
MAX_ENTRY_BYTES = 1024 * 1024
"""PutEvents' quotas: entries a request, bytes an entry."""


def publish(
    source: str,
    detail_type: str,
    detail: dict[str, Any],
    resources: list[str],
    region: str,
    bus: str = "default",
) -> str:
    """Put an event on a bus, as AWS's services do; the answer is its id. Delivery happens afterwards."""
    event: dict[str, Any] = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": aws.ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": resources,
        "detail": detail,
    }
    event = json.loads(json.dumps(event, default=str))
    for rule in _rules(region, bus):
        if rule.state == "DISABLED" or not rule.event_pattern.dump():
            continue
        if patterns.matches(_pattern(rule.event_pattern.dump() or "{}"), event):
            trigger(rule, event)
    return event["id"]


def trigger(rule: Rule, event: dict[str, Any]) -> None:
    """Send an event to the targets of a rule that it matches."""
    once = {"MatchedEvents": (1.0, "Count"), "TriggeredRules": (1.0, "Count")}
    metrics.count(rule.region_name, "AWS/Events", once, {"RuleName": rule.name})
    for target in list(rule.targets):
        text = inputs.shaped(target, event, rule.arn, rule.name)
        delivery.submit(Delivery(rule.arn, dict(target), event, text))


def _rules(region: str, bus: str) -> list[Rule]:
    found: EventBus | None = events_backends[aws.ACCOUNT][region].event_buses.get(bus)
    return list(found.rules.values()) if found else []


@functools.lru_cache(maxsize=1024)
def _pattern(text: str) -> dict[str, Any]:
    return patterns.parse(text)


@operation("events", "PutEvents")
def _put_events(call: Call) -> dict[str, Any]:
    entries = call.params["Entries"]
    if len(entries) > MAX_ENTRIES:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
            f"constraint: Member must have length less than or equal to {MAX_ENTRIES}",
        )
    answers = [_put(entry, call) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def _put(entry: dict[str, Any], call: Call) -> dict[str, str]:
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            reason = f"Parameter {member} is not valid. Reason: {member} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry["Source"].startswith("aws.") and not call.principal.is_emulator:
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    if not isinstance(detail, dict) or len(entry["Detail"]) > MAX_ENTRY_BYTES:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    bus = (entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
    if bus not in events_backends[aws.ACCOUNT][call.region].event_buses:
        log.info("an event for bus %s, which does not exist, is dropped as AWS does", bus)
    resources = entry.get("Resources") or []
    event_id = publish(entry["Source"], entry["DetailType"], detail, resources, call.region, bus)
    return {"EventId": event_id}


@operation("events", "PutRule")
def _put_rule(call: Call) -> Response:
    if call.params.get("EventPattern"):
        patterns.parse(call.params["EventPattern"])
    if call.params.get("ScheduleExpression"):
        schedules.parse(call.params["ScheduleExpression"])
    return call.forward()


@operation("events", "PutTargets")
def _put_targets(call: Call) -> Response:
    for target in call.params["Targets"]:
        if target["Arn"].split(":")[2] == "states" and not target.get("RoleArn"):
            raise AwsError(
                "ValidationException",
                f"RoleArn is required for target {target['Arn']}.",
            )
    return call.forward()


@operation("events", "TestEventPattern")
def _test_pattern(call: Call) -> dict[str, Any]:
    pattern = patterns.parse(call.params["EventPattern"])
    return {"Result": patterns.matches(pattern, json.loads(call.params["Event"]))}


@operation("events", "CreateArchive", "StartReplay", "CreateApiDestination")
def _not_done(call: Call) -> dict[str, Any]:
    raise AwsError("NotImplemented", f"the emulator does not do events:{call.operation}", status=501)
