"""Puts the app with its endpoint stacks on the embedded AWS, and its functions into this process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from emulator import aws
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.model_specs import load_models
from tests.app_synthesis import app_with
from tests.integration.deployment import bootstrap, deploy

Client = Callable[..., Any]

ENVIRONMENT = "rotation"
MODEL = "houses"
LONG = "a-model-whose-name-alone-is-as-long-as-the-name-of-an-endpoint"
"""62 characters: every name that is made of it is cut."""

SERVING: dict[str, int | str] = {"type": "realtime", "min_instances": 1, "max_instances": 4}
MODEL_YAML = """\
name: {name}
source: {{type: s3}}
target: Price
features: [{{name: SquareFeet, type: number}}]
algorithm: linear-regression
gate: {{metric: rmse, threshold: 5000}}
serving: {{{serving}}}
rollout: {{strategy: all-at-once, bake_seconds: 60, alarms: [errors, latency, drift]}}
monitoring: {{drift: {{lowest_mean: -1, highest_mean: 100000}}}}
cost:
  park:
    # In a year whose times do not come.
    schedule: {{from: "cron(0 20 ? * MON-FRI 2199)", to: "cron(0 6 ? * MON-FRI 2199)"}}
    idle_hours: 2
    wake_on_predict: true
experiment: {{minimum_samples: 50, auto_promote: true}}
"""


def synthesize(folder: Path, **serving: int | str) -> Path:
    """The whole app with two models, below the folder; `serving` replaces or adds keys of theirs."""
    for name in (MODEL, LONG):
        model = folder / "models" / name
        model.mkdir(parents=True)
        settings = ", ".join(f"{key}: {value}" for key, value in {**SERVING, **serving}.items())
        (model / "model.yaml").write_text(MODEL_YAML.format(name=name, serving=settings))
    environment = Environment(
        name=ENVIRONMENT,
        termination_protection=False,
        log_retention_days=30,
        api_rate_limit=500,
        api_burst_limit=1000,
    )
    app_with(load_models(folder / "models"), environment, folder / "cdk.out").synth()
    return folder / "cdk.out"


def deploy_app(client: Client, folder: Path) -> None:
    """Synthesizes and deploys the whole app with two models."""
    assembly = synthesize(folder)
    known = {stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]}
    if "CDKToolkit" not in known:
        bootstrap(client)
    deploy(client, assembly)


def loaded(package: str, environment: dict[str, str], role_arn: str, tries: int) -> ModuleType:
    """The function's handler, imported anew with the rights of its role; its SDK tries a call so often."""
    credentials = aws.assume(role_arn, package)
    variables = {
        **environment,
        "AWS_ENDPOINT_URL": aws.endpoint_url(),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_MAX_ATTEMPTS": str(tries),
    }
    ours = (package, "handler_common")
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in ours}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        module = importlib.import_module(f"{package}.handler")
    for name in [name for name in sys.modules if name.split(".")[0] in ours]:
        del sys.modules[name]
    sys.modules.update(before)
    return module
