"""Entry point of the CDK: `cdk synth`, `cdk deploy --all`.

Context: `-c environment=<name>` (default dev), `-c models=<folder>` (default models/), `-c only=<model>`, or
several with commas between (default: every model in the folder). Models that are not chosen are not read.
"""

import gc
import os
import sys
from pathlib import Path

# Both before the CDK is imported, which starts its Node process. A synth makes objects, keeps them and ends:
# there is no garbage to look for; and what Node's threads compile better in the background comes too late.
gc.disable()
os.environ.setdefault("NODE_OPTIONS", "--v8-pool-size=1")

from aws_cdk import App

from sagemaker_lifecycle.environments import DEFAULT_ENVIRONMENT, environment_named
from sagemaker_lifecycle.model_specs import chosen
from sagemaker_lifecycle.template_sizes import check_sizes
from stacks.lifecycle_app import build

app = App(analytics_reporting=False)
try:
    environment = environment_named(app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT)
    models = chosen(
        Path(app.node.try_get_context("models") or Path(__file__).parent / "models"),
        app.node.try_get_context("only") or "",
    )
except ValueError as error:  # SpecError too: its message is all that whoever wrote the file needs
    sys.exit(str(error))
# The variable with which the CDK's own checks are turned off turns off ours too.
checks = os.environ.get("CDK_VALIDATION", "true") != "false"
build(app, environment=environment, models=models, checks=checks)
app.synth()
try:
    check_sizes(Path(app.outdir))
except ValueError as error:
    sys.exit(str(error))
