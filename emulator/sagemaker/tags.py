"""Tags of every SageMaker resource, kept by ARN."""

from __future__ import annotations

from typing import Any

from emulator.edge import Call
from emulator.sagemaker.requests import answers

_tags: dict[str, dict[str, str]] = {}


def remember(arn: str, params: dict[str, Any]) -> None:
    """Keep the tags that a create request carries."""
    _tags[arn] = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}


def forget(arn: str) -> None:
    """The resource is gone, and its tags with it."""
    _tags.pop(arn, None)


def of(arn: str) -> dict[str, str]:
    """Tags of the resource by key."""
    return dict(_tags.get(arn, {}))


def _listed(arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in of(arn).items()]


@answers("AddTags")
def _add(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    _tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in call.params["Tags"]})
    return {"Tags": _listed(arn)}


@answers("DeleteTags")
def _delete(call: Call) -> dict[str, Any]:
    for key in call.params["TagKeys"]:
        _tags.get(call.params["ResourceArn"], {}).pop(key, None)
    return {}


@answers("ListTags")
def _list(call: Call) -> dict[str, Any]:
    return {"Tags": _listed(call.params["ResourceArn"])}
