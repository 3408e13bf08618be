"""What CloudFormation's own schemas say that its handlers need, of the types that a release touches."""

import json
from functools import cache
from importlib.resources import files

RELEASED_TYPES = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
)


@cache
def handler_permissions() -> dict[str, set[str]]:
    """By type: what CloudFormation's own schemas say that creating, reading and deleting it takes."""
    found: dict[str, set[str]] = {}
    for file in (files("cfnlint.data.schemas") / "resources").iterdir():
        if not file.name.endswith(".json") or "typeName" not in (text := file.read_text(encoding="utf-8")):
            continue
        schema = json.loads(text)
        if schema.get("typeName") in RELEASED_TYPES:
            handlers = schema["handlers"]
            found[schema["typeName"]] = {
                action for verb in ("create", "read", "delete") for action in handlers[verb]["permissions"]
            }
    return found
