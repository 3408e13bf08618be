"""The project's own app, synthesized in this process."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import App

from sagemaker_lifecycle.environments import Environment, environment_named
from sagemaker_lifecycle.model_specs import load_models
from sagemaker_lifecycle.spec import ModelSpec
from stacks.lifecycle_app import build

PROJECT = Path(__file__).resolve().parents[1]


SHIPPED = "house-prices"
"""The model that the tests know; what else lies in models/ is its user's."""


@cache
def models() -> tuple[ModelSpec, ...]:
    """The model that the project ships with."""
    return tuple(model for model in load_models(PROJECT / "models") if model.name == SHIPPED)


def new_app(environment: str, outdir: Path | None = None) -> App:
    """The whole app with the project's own models, not synthesized yet."""
    return app_with(models(), environment_named(environment), outdir)


def app_with(specs: Sequence[ModelSpec], environment: Environment, outdir: Path | None = None) -> App:
    """The whole app with these models, not synthesized yet."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    app = App(analytics_reporting=False, context=context, outdir=str(outdir) if outdir else None)
    # The checks are the matter of tests/security.
    build(app, environment=environment, models=specs, checks=False)
    return app


def templates_in(outdir: Path, environment: str) -> dict[str, dict[str, Any]]:
    """The templates of a synth by what follows `lifecycle-<environment>-` in the stack's name."""
    prefix = f"lifecycle-{environment}-"
    return {
        path.name.removeprefix(prefix).removesuffix(".template.json"): json.loads(path.read_text())
        for path in sorted(outdir.glob("*.template.json"))
    }
