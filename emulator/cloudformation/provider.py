"""What the engine asks of a resource type: create, update, delete, over the service's own API.

A provider calls boto3 with the rights of the role that CloudFormation acts with, so a missing permission
fails the stack here as it would on AWS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Properties = dict[str, Any]
Fidelity = Literal["real", "stub", "ignored"]
"""real: it acts as on AWS. stub: kept and described, but it does nothing. ignored: nothing at all is made."""


@dataclass(frozen=True)
class Created:
    """A resource that now exists: what ``Ref`` gives, and what ``Fn::GetAtt`` gives by attribute name."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())


class ResourceFailure(Exception):
    """The reason, in CloudFormation's words, that a resource could not be made, changed or deleted.

    ``physical_id`` names what a failed creation left behind, if anything: the roll-back deletes it.
    """

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


@dataclass(frozen=True)
class ResourceContext:
    """What a provider may know of its stack; ``client`` gives boto3 clients with the role's rights."""

    stack_name: str
    stack_id: str
    logical_id: str
    account: str
    region: str
    partition: str
    tags: Mapping[str, str]
    token: str
    """Changes with each replacement, so that a generated name never meets the one before it."""
    client: Callable[[str], Any]
    cancelled: Callable[[], bool] = lambda: False
    resource_type: str = ""

    def generated_name(self, limit: int = 255, *, lower: bool = False) -> str:
        """``<stack>-<logical id>-<12 characters>`` cut to ``limit``, as CloudFormation does."""
        suffix = hashlib.sha256(f"{self.stack_id}{self.logical_id}{self.token}".encode()).hexdigest()[:12]
        suffix = suffix if lower else suffix.upper()
        stem = f"{self.stack_name}-{self.logical_id}"
        stem = stem.lower() if lower else stem
        return f"{stem[: limit - 13]}-{suffix}"


class Provider(Protocol):
    """One resource type.

    One that also has ``taggable = True`` is asked to ``update`` when only ``ResourceContext.tags`` changed.
    """

    type: str
    fidelity: Fidelity
    note: str
    """What a stub leaves out, in a few words; shown in the table after a local deploy."""

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether CloudFormation makes a new resource for this change (its documented update behaviour)."""
        ...

    def create(self, context: ResourceContext, properties: Properties) -> Created:
        """Make it. Raises ResourceFailure, or lets botocore's ClientError through; leaves nothing then."""
        ...

    def update(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> Created:
        """Change it in place; the same physical id. Raises as ``create`` does."""
        ...

    def delete(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Remove it; one that is gone already is no error."""
        ...


_providers: dict[str, Provider] = {}


def provides(provider: Provider) -> Provider:
    """Register the provider of a type. Raises RuntimeError for a type that has one."""
    if provider.type in _providers:
        raise RuntimeError(f"{provider.type} has two providers")
    _providers[provider.type] = provider
    return provider


def provider_of(resource_type: str) -> Provider | None:
    """The provider of this type, or None; ``Custom::X`` is that of AWS::CloudFormation::CustomResource."""
    if resource_type.startswith("Custom::"):
        resource_type = "AWS::CloudFormation::CustomResource"
    return _providers.get(resource_type)


def all_providers() -> list[Provider]:
    """Every registered provider, by type."""
    return [provider for _, provider in sorted(_providers.items())]
