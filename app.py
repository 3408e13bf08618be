"""Entry point of the CDK: `cdk synth`, `cdk deploy --all`, with `-c environment=<name>` (default dev)."""

import gc
import os
from pathlib import Path

# Both before the CDK is imported, which starts its Node process. A synth makes objects, keeps them and ends:
# there is no garbage to look for, and code that Node compiles better in the background comes too late.
gc.disable()
os.environ.setdefault("NODE_OPTIONS", "--v8-pool-size=1")

from aws_cdk import App

from sagemaker_lifecycle.environments import DEFAULT_ENVIRONMENT, environment_named
from sagemaker_lifecycle.model_specs import load_models
from stacks.lifecycle_app import build

app = App(analytics_reporting=False)
environment = environment_named(app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT)
# The variable with which the CDK's own checks are turned off turns off ours too.
checks = os.environ.get("CDK_VALIDATION", "true") != "false"
models = load_models(Path(__file__).parent / "models")
build(app, environment=environment, models=models, checks=checks)
app.synth()
