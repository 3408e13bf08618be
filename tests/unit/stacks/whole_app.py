"""The stacks of a small app, synthesized once a session for each set of models."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from aws_cdk import App

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.spec import ModelSpec
from stacks.lifecycle_app import build
from tests.unit.synthesis import flags


def declared(name: str = "houses", **sections: Any) -> dict[str, Any]:
    """The model.yaml of a small model; `sections` replace or add keys."""
    return {
        "name": name,
        "source": {"type": "local"},
        "target": "Price",
        "features": [{"name": "SquareFeet"}],
        "algorithm": "linear-regression",
        "gate": {"metric": "rmse", "threshold": 5000.0},
        "serving": {"type": "realtime"},
        **sections,
    }


def model(name: str = "houses", **sections: Any) -> ModelSpec:
    """A small model; `sections` replace or add keys of its model.yaml."""
    return ModelSpec.model_validate(declared(name, **sections))


def templates(*models: ModelSpec, environment: str = "dev") -> dict[str, dict[str, Any]]:
    """Templates by stack name without the prefix: `endpoint-houses`. The validator is off."""
    return _synthesized(tuple(model.model_dump_json(exclude_unset=True) for model in models), environment)


@cache
def _synthesized(texts: tuple[str, ...], environment: str) -> dict[str, dict[str, Any]]:
    return synthesized([ModelSpec.model_validate_json(text) for text in texts], environment)


def synthesized(models: Sequence[ModelSpec], environment: str = "dev") -> dict[str, dict[str, Any]]:
    """As `templates`, anew each time; for models that have files besides model.yaml."""
    chosen = environment_named(environment)
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False, context=flags())
    # tests/security has the checks.
    build(app, environment=chosen, models=models, checks=False)
    prefix = f"lifecycle-{environment}-"
    return {stack.stack_name.removeprefix(prefix): stack.template for stack in app.synth().stacks}


def imports(template: dict[str, Any]) -> set[str]:
    """Names of the exports that a template imports."""
    found: set[str] = set()

    def note(node: dict[str, Any]) -> dict[str, Any]:
        if "Fn::ImportValue" in node:
            found.add(node["Fn::ImportValue"])
        return node

    json.loads(json.dumps(template), object_hook=note)
    return found
