"""A resource type in ten lines: which operations make, change and delete it, and what identifies it."""

from __future__ import annotations

import functools
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator.cloudformation.provider import (
    Created,
    Fidelity,
    Properties,
    ResourceContext,
    ResourceFailure,
    provides,
)
from emulator.cloudformation.resources.requests import as_tags, call, is_gone, tag_pairs, tags_parameter


@functools.cache
def create_only_table() -> dict[str, list[str]]:
    """The create-only properties of each type, from AWS's resource schemas (see resource_schemas.py)."""
    return json.loads((Path(__file__).parent / "create_only.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class TagOperations:
    """How tags of an existing resource change. ``resource`` is the parameter that takes its address."""

    resource: str = "ResourceArn"
    set: str = "TagResource"
    remove: str = "UntagResource"
    keys: str = "TagKeys"
    extra: tuple[tuple[str, str], ...] = ()


class ApiProvider(ABC):
    """A resource type over its service's API; a subclass says what differs.

    Attributes:
        handled: the properties that reach the service. Any other one is refused, never dropped.
        not_handled: why well-known ones are missing, by property, for the refusal.
        named_by: the property that names it; a name is generated when it is absent.
        name_limit, name_lower: bounds of a generated name.
        tag_operations: how its tags change, None for an untaggable type.
    """

    type: str = ""
    service: str = ""
    handled: frozenset[str] = frozenset()
    fidelity: Fidelity = "real"
    note: str = ""
    named_by: str = ""
    name_limit: int = 255
    name_lower: bool = False
    tag_operations: TagOperations | None = None

    @property
    def taggable(self) -> bool:
        """Whether a change of the stack's tags alone reaches it."""
        return self.tag_operations is not None

    def create_only(self) -> frozenset[str]:
        """Properties whose change makes a new resource."""
        return frozenset(create_only_table().get(self.type, ()))

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether a create-only property differs."""
        return any(old.get(name) != new.get(name) for name in self.create_only())

    def create(self, context: ResourceContext, properties: Properties) -> Created:
        """Make it and configure it; what was made is deleted when the configuration fails."""
        self.refuse_unhandled(properties)
        with _named(self.type):
            physical_id = self.make(context, properties)
        try:
            with _named(self.type):
                self.configure(context, physical_id, {}, properties)
                return Created(physical_id, self.attributes(context, physical_id, properties))
        except (ResourceFailure, ClientError) as error:
            self._undo(context, physical_id, properties, error)
            raise

    def _undo(
        self,
        context: ResourceContext,
        physical_id: str,
        properties: Properties,
        error: ResourceFailure | ClientError,
    ) -> None:
        """Delete what a failed creation left; where that fails too, the roll-back is told to."""
        try:
            self.delete(context, physical_id, properties)
        except (ResourceFailure, ClientError) as stuck:
            raise ResourceFailure(f"{error} (and it could not be deleted: {stuck})", physical_id) from error

    def update(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> Created:
        """Bring an existing one to ``new``; where nothing differs, the stack's tags do."""
        self.refuse_unhandled(new)
        with _named(self.type):
            self.change(context, physical_id, old, new)
            if self.tag_operations and (old == new or tag_pairs(old) != tag_pairs(new)):
                self.retag(context, physical_id, old, new)
        return Created(physical_id, self.attributes(context, physical_id, new))

    def delete(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Remove it; one that is gone already is no error."""
        try:
            self.remove(context, physical_id, properties)
        except ClientError as error:
            if not is_gone(error):
                raise

    @abstractmethod
    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Make the resource, with its tags where the API takes them; the physical id."""

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """What follows ``make`` (``old`` is empty then) and what an update changes; as a rule nothing."""
        return

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Bring an existing one from ``old`` to ``new``, tags aside."""
        self.configure(context, physical_id, old, new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """What Fn::GetAtt gives, by name."""
        return {}

    @abstractmethod
    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Delete it."""

    def name(self, context: ResourceContext, properties: Properties) -> str:
        """Its name, given or generated."""
        given = properties.get(self.named_by)
        return str(given) if given else context.generated_name(self.name_limit, lower=self.name_lower)

    def call(self, context: ResourceContext, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call this type's service; see ``requests.call``."""
        return call(context, self.service, operation, **parameters)

    def all_tags(self, context: ResourceContext, properties: Properties) -> dict[str, str]:
        """The stack's tags, overridden by the resource's own."""
        return {**_own(context.tags), **tag_pairs(properties)}

    def tags_for(self, context: ResourceContext, operation: str, properties: Properties) -> dict[str, Any]:
        """The tags argument of a creating ``operation``; nothing when there are no tags."""
        pairs = self.all_tags(context, properties)
        parameter = tags_parameter(context, self.service, operation)
        if not pairs or not parameter:
            return {}
        return {parameter: as_tags(context, self.service, operation, pairs)}

    def retag(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Set the tags of ``new``, and remove those that only ``old`` had."""
        how = self.tag_operations
        assert how is not None
        address = {how.resource: self.tag_address(context, physical_id, new), **dict(how.extra)}
        wanted = self.all_tags(context, new)
        removed = [key for key in tag_pairs(old) if key not in wanted]
        if removed:
            self.call(context, how.remove, **address, **{how.keys: removed})
        if wanted:
            parameter = tags_parameter(context, self.service, how.set)
            assert parameter, f"{how.set} takes no tags"
            tags = as_tags(context, self.service, how.set, wanted)
            self.call(context, how.set, **address, **{parameter: tags})

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """What the tag operations call this resource: its ARN where it has one, else the physical id."""
        return str(self.attributes(context, physical_id, properties).get("Arn", physical_id))

    def refuse_unhandled(self, properties: Properties) -> None:
        """Raise ResourceFailure for properties that would be dropped."""
        unknown = sorted(set(properties) - self.handled)
        if unknown:
            raise ResourceFailure(
                f"the emulator does not handle property {', '.join(unknown)} of {self.type}"
            )


def registered(kind: type[ApiProvider]) -> type[ApiProvider]:
    """Register this provider. Raises RuntimeError for a type that has one, TypeError for half a provider."""
    provides(kind())
    return kind


class DirectProvider(ApiProvider):
    """A type whose properties are the parameters of three operations.

    Attributes:
        creates, updates, deletes: operation names; without ``updates`` only tags change in place.
        addressed_by: the parameter of ``updates`` and ``deletes`` that takes the physical id.
        parent: a property that every operation takes as well (RestApiId).
        identified_by: the member of the creating answer that is the physical id, "" for the name.
        renamed: properties by a different parameter name.
        update_leaves: properties that ``updates`` does not take.
    """

    creates: str = ""
    updates: str = ""
    deletes: str = ""
    addressed_by: str = ""
    parent: str = ""
    identified_by: str = ""
    renamed: Mapping[str, str] = {}
    update_leaves: frozenset[str] = frozenset()

    def parameters(self, properties: Properties) -> dict[str, Any]:
        """The properties, tags aside, by parameter name."""
        return {self.renamed.get(name, name): value for name, value in properties.items() if name != "Tags"}

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Call ``creates`` with everything."""
        parameters = self.parameters(properties)
        name = ""
        if self.named_by:
            name = self.name(context, properties)
            parameters[self.renamed.get(self.named_by, self.named_by)] = name
        tags = self.tags_for(context, self.creates, properties) if self.tag_operations else {}
        answer = self.call(context, self.creates, **parameters, **tags)
        return str(answer[self.identified_by]) if self.identified_by else name

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Call ``updates`` with everything, unless only tags differ."""
        if not self.updates or _untagged(old) == _untagged(new):
            return
        left = self.create_only() - {self.parent} | self.update_leaves | {self.named_by}
        kept = {name: value for name, value in new.items() if name not in left}
        self.call(context, self.updates, **{self.addressed_by: physical_id}, **self.parameters(kept))

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Call ``deletes``."""
        parent = {self.parent: properties[self.parent]} if self.parent else {}
        self.call(context, self.deletes, **{self.addressed_by: physical_id}, **parent)


class _named:
    """Names the resource type in a refusal that a request's translation raised."""

    def __init__(self, resource_type: str) -> None:
        self._type = resource_type

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        unhandled = "does not handle property"
        if isinstance(error, ResourceFailure) and unhandled in str(error) and self._type not in str(error):
            raise ResourceFailure(f"{error} of {self._type}") from error


def _own(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _untagged(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "Tags"}


def changed(old: Properties, new: Properties, *names: str) -> bool:
    """Whether any of these properties differs; true for those given at creation (``old`` is empty)."""
    return any(old.get(name) != new.get(name) for name in names)
