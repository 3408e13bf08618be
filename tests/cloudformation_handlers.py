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
    schemas = files("cfnlint.data.schemas")
    names = json.loads((schemas / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for kind in RELEASED_TYPES:
        schema = json.loads((schemas / "resources" / f"{names[kind]}.json").read_text(encoding="utf-8"))
        found[kind] = {
            action
            for verb in ("create", "read", "delete")
            for action in schema["handlers"][verb]["permissions"]
        }
    return found
