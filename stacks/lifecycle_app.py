"""The whole app: which stacks there are, and what each gets of the others."""

from collections.abc import Sequence

from aws_cdk import App, Tags

from sagemaker_lifecycle import nag, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.spec import ModelSpec
from stacks.endpoint import EndpointStack
from stacks.foundation import FoundationStack
from stacks.inference import InferenceStack
from stacks.observability import ObservabilityStack
from stacks.training import TrainingStack


def build(app: App, *, environment: Environment, models: Sequence[ModelSpec], checks: bool = True) -> None:
    """Declare every stack of `environment` for `models` in `app`, with the security checks on if `checks`.

    In the order of deployment: foundation; training and inference; one endpoint stack a model; observability.
    """
    for key, value in names.tags(environment.name).items():
        Tags.of(app).add(key, value)
    if checks:
        nag.add_checks(app)
    foundation = FoundationStack(app, environment=environment, models=models)
    training = TrainingStack(app, environment=environment, models=models, foundation=foundation)
    inference = InferenceStack(app, environment=environment, models=models, foundation=foundation)
    endpoints = [
        EndpointStack(app, environment=environment, model=model, foundation=foundation, inference=inference)
        for model in models
    ]
    ObservabilityStack(
        app,
        environment=environment,
        models=models,
        foundation=foundation,
        training=training,
        inference=inference,
        endpoints=endpoints,
    )
