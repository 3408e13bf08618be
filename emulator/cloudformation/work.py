"""One resource at a time: created, updated, replaced or deleted by its provider, with events that tell."""

from __future__ import annotations

import dataclasses
import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from emulator import aws
from emulator.cloudformation.deployment import Deployment, is_taggable
from emulator.cloudformation.identity import Identity
from emulator.cloudformation.provider import (
    Created,
    Fidelity,
    Properties,
    Provider,
    ResourceContext,
    ResourceFailure,
    provider_of,
)
from emulator.cloudformation.stack import Resource, Stack, now
from emulator.errors import AwsError

log = logging.getLogger("emulator.cloudformation")

REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


@dataclass(frozen=True)
class Step:
    """A change that was made or begun, so that it can be undone."""

    kind: Literal["created", "updated", "replaced"]
    before: Resource | None
    after: Resource


class Failed(Exception):
    """A resource could not be brought to where it should be; the event that says why is told already."""


class _Stub:
    """Stands in for a type that was allowed by name: remembered, nothing made."""

    fidelity: Fidelity = "stub"
    note = "allowed by EMULATOR_ALLOW_TYPES"

    def __init__(self, kind: str) -> None:
        self.type = kind

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Never: there is nothing to replace."""
        return False

    def create(self, context: ResourceContext, properties: Properties) -> Created:
        """A generated physical id, without attributes; the log says that it stands for nothing."""
        log.warning("%s %s is a stub: nothing is made", self.type, context.logical_id)
        return Created(context.generated_name())

    def update(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> Created:
        """The same id."""
        return Created(physical_id)

    def delete(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Nothing was made."""


def provider_for(kind: str) -> Provider:
    """The provider of the type; of one that has none, a stub (the template was allowed to have it)."""
    return provider_of(kind) or _Stub(kind)


def reason_of(error: Exception) -> str:
    """Why a provider failed, in the form that CloudFormation's resource handlers report."""
    if isinstance(error, ResourceFailure):
        return str(error)
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        code, message = details.get("Code", ""), details.get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        handler_code = "AccessDenied" if "AccessDenied" in code else "GeneralServiceException"
        return (
            f'Resource handler returned message: "{message} (Operation: {error.operation_name}, '
            f'Error Code: {code}, Status Code: {status})" (RequestToken: {uuid.uuid4()}, '
            f"HandlerErrorCode: {handler_code})"
        )
    if isinstance(error, AwsError):
        return str(error.message)
    if not isinstance(error, BotoCoreError):
        log.error("a resource provider broke", exc_info=error)
    return f"Internal Failure: {error!r}"


class Worker:
    """Works on the resources of one stack with one identity, until ``stop`` is set."""

    def __init__(self, stack: Stack, identity: Identity, stop: threading.Event) -> None:
        self.stack = stack
        self.identity = identity
        self.stop = stop

    def context(self, resource: Resource) -> ResourceContext:
        """What the provider of this resource is told."""
        return ResourceContext(
            stack_name=self.stack.name,
            stack_id=self.stack.id,
            logical_id=resource.logical_id,
            account=aws.ACCOUNT,
            region=self.stack.region,
            partition=aws.PARTITION,
            tags=resource.tags,
            token=resource.token,
            resource_type=resource.type,
            client=self.identity.client,
            cancelled=self.stop.is_set,
        )

    def apply(self, deployment: Deployment, logical_id: str) -> Step | None:
        """Bring one resource to its place in ``deployment``; None when it is there already.

        Raises Failed with the step to undo (or None) as its argument.
        """
        definition = deployment.active[logical_id]
        old = self.stack.resources.get(logical_id)
        try:
            properties = deployment.properties_of(logical_id)
        except AwsError as error:
            verb = "CREATE" if old is None else "UPDATE"
            physical_id = old.physical_id if old else ""
            self.stack.tell(logical_id, physical_id, definition["Type"], f"{verb}_FAILED", str(error.message))
            raise Failed(None) from error
        target = Resource(
            logical_id=logical_id,
            type=definition["Type"],
            physical_id="",
            properties=properties,
            attributes={},
            definition=definition,
            needs=frozenset(deployment.needs[logical_id]),
            token="",
            tags=deployment.resource_tags(logical_id),
        )
        if old is None:
            return self._create(target, None)
        retagged = target.tags != old.tags and is_taggable(old.type)
        if old.properties == properties and not retagged and not old.status.endswith("_FAILED"):
            self.stack.resources[logical_id] = dataclasses.replace(
                old, definition=definition, needs=target.needs, tags=target.tags
            )
            return None
        if old.status == "CREATE_FAILED" or deployment.replaces(old, properties):
            return self._create(target, old)
        return self._update(old, target)

    def _create(self, target: Resource, old: Resource | None) -> Step:
        stack, name, kind = self.stack, target.logical_id, target.type
        verb = "UPDATE" if old else "CREATE"
        target = dataclasses.replace(target, token=str(uuid.uuid4()))
        told = old.physical_id if old else ""
        stack.tell(name, told, kind, f"{verb}_IN_PROGRESS", REPLACING if old else None, target.properties)
        try:
            context = self.context(target)
            made = provider_for(kind).create(context, dict(target.properties))
        except Exception as error:
            left = error.physical_id if isinstance(error, ResourceFailure) else ""
            reason = "Resource creation cancelled" if self.stop.is_set() else reason_of(error)
            failed = self._settled(target, left, {}, f"{verb}_FAILED", reason)
            if old is None:
                stack.resources[name] = failed
            raise Failed(Step("replaced" if old else "created", old, failed)) from error
        done = self._settled(target, made.physical_id, made.attributes, f"{verb}_COMPLETE")
        stack.resources[name] = done
        return Step("replaced" if old else "created", old, done)

    def _update(self, old: Resource, target: Resource) -> Step:
        stack, name, kind = self.stack, target.logical_id, target.type
        target = dataclasses.replace(target, token=old.token)
        stack.tell(name, old.physical_id, kind, "UPDATE_IN_PROGRESS", None, target.properties)
        try:
            context = self.context(target)
            made = provider_for(kind).update(
                context, old.physical_id, dict(old.properties), dict(target.properties)
            )
        except Exception as error:
            reason = "Resource update cancelled" if self.stop.is_set() else reason_of(error)
            failed = self._settled(target, old.physical_id, old.attributes, "UPDATE_FAILED", reason)
            stack.resources[name] = failed
            raise Failed(Step("updated", old, failed)) from error
        done = self._settled(target, made.physical_id, made.attributes, "UPDATE_COMPLETE")
        stack.resources[name] = done
        return Step("updated", old, done)

    def restore(self, step: Step) -> Resource | None:
        """Bring a changed resource back to what it was; what is left over from the change, to be deleted.

        Raises Failed when the provider refuses.
        """
        before, after = step.before, step.after
        assert before is not None
        stack, name = self.stack, before.logical_id
        if step.kind == "replaced":
            stack.resources[name] = self._settled(
                before, before.physical_id, before.attributes, "UPDATE_COMPLETE"
            )
            return after if after.physical_id else None
        stack.tell(name, after.physical_id, before.type, "UPDATE_IN_PROGRESS", None, before.properties)
        try:
            context = self.context(before)
            made = provider_for(before.type).update(
                context, after.physical_id, dict(after.properties), dict(before.properties)
            )
        except Exception as error:
            stack.resources[name] = self._settled(
                after, after.physical_id, after.attributes, "UPDATE_FAILED", reason_of(error)
            )
            raise Failed(step) from error
        stack.resources[name] = self._settled(before, made.physical_id, made.attributes, "UPDATE_COMPLETE")
        return after if after.physical_id != made.physical_id else None

    def delete(self, resource: Resource, policy: str | None = None) -> None:
        """Delete it unless ``policy`` says to keep it. Raises Failed when the provider refuses."""
        if policy == "Retain":
            self._settled(resource, resource.physical_id, resource.attributes, "DELETE_SKIPPED")
            return
        if not resource.physical_id:
            return
        stack, name = self.stack, resource.logical_id
        current = stack.resources.get(name)
        is_current = current is not None and current.physical_id == resource.physical_id
        stack.tell(name, resource.physical_id, resource.type, "DELETE_IN_PROGRESS")
        if is_current:
            stack.resources[name] = dataclasses.replace(resource, status="DELETE_IN_PROGRESS", updated=now())
        try:
            provider_for(resource.type).delete(
                self.context(resource),
                resource.physical_id,
                dict(resource.properties),
            )
        except Exception as error:
            failed = self._settled(
                resource, resource.physical_id, resource.attributes, "DELETE_FAILED", reason_of(error)
            )
            if is_current:
                stack.resources[name] = failed
            raise Failed(name) from error
        done = self._settled(resource, resource.physical_id, resource.attributes, "DELETE_COMPLETE")
        if is_current:
            stack.resources[name] = done

    def _settled(
        self,
        resource: Resource,
        physical_id: str,
        attributes: Mapping[str, Any],
        status: str,
        reason: str | None = None,
    ) -> Resource:
        settled = dataclasses.replace(
            resource,
            physical_id=physical_id,
            attributes=attributes,
            status=status,
            reason=reason,
            updated=now(),
        )
        self.stack.tell(resource.logical_id, physical_id, resource.type, status, reason, resource.properties)
        return settled
