"""The function behind the prediction API."""

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.nag import accept_wildcards
from sagemaker_lifecycle.spec import ModelSpec

MODELS_FILE = "models.json"

# API Gateway gives up after 29 s; the function must answer before.
TIMEOUT = Duration.seconds(28)

# A Lambda function's share of a core grows with its memory; cold starts are CPU-bound.
MEMORY_MB = 512


class PredictFunction(HandlerFunction):
    """Function that checks a prediction request against the model's features and asks the endpoint.

    Props:
        environment, models: what is served; the features of each are written into the asset.
        key: encrypts its log group.
        rotate: wakes parked models; may be invoked only where some model has `cost.park.wake_on_predict`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        key: kms.IKey,
        rotate: lambda_.IFunction,
    ) -> None:
        woken = [model.name for model in models if model.cost.park.wake_on_predict]
        super().__init__(
            scope,
            construct_id,
            package="predict",
            description="Answers prediction requests",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={
                "MODELS_FILE": MODELS_FILE,
                "STACK_PREFIX": names.endpoint_stack_prefix(environment.name),
                **({"ROTATE_FUNCTION": rotate.function_name} if woken else {}),
            },
            timeout=TIMEOUT,
            memory_mb=MEMORY_MB,
            generated_files={MODELS_FILE: models_json(environment.name, models)},
        )
        endpoints = [names.endpoint_name(environment.name, model.name) for model in models]
        self.allow(
            iam.PolicyStatement(
                actions=["sagemaker:InvokeEndpoint"],
                resources=[arns.endpoint_arn(name) for name in endpoints],
            )
        )
        # What is on trial, for callers that give a key: the stack's parameters alone say so.
        stacks = arns.stack_arn(names.endpoint_stack_name(environment.name, "*"))
        self.allow(iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]))
        accept_wildcards(
            self.role, stacks, because="the environment's endpoint stacks: one ARN for any number of models"
        )
        if woken:
            self._allow_waking(environment.name, rotate)

    def _allow_waking(self, environment: str, rotate: lambda_.IFunction) -> None:
        parked = arns.parameter_arn(names.parked_parameter(environment, "*"))
        accept_wildcards(self.role, parked, because="what the environment's models remember of being parked")
        self.allow(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[parked]),
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[rotate.function_arn]),
        )


def models_json(environment: str, models: Sequence[ModelSpec]) -> str:
    """What the function knows of the models, by name. The same text every time.

    protocol: `lifecycle` (JSON rows in, predictions out) or the name of AWS's own algorithm.
    parked: the parameter that tells of a parked model, only where a prediction wakes it.
    drift: true where predictions become a metric.
    """
    contract = {model.name: _entry(environment, model) for model in models}
    return json.dumps(contract, indent=1, sort_keys=True)


def _entry(environment: str, model: ModelSpec) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "endpoint": names.endpoint_name(environment, model.name),
        "task": model.task,
        "protocol": model.algorithm if model.algorithm_facts.kind == "built-in" else "lifecycle",
        "features": [feature.contract for feature in model.features],
    }
    if model.cost.park.wake_on_predict:
        entry["parked"] = names.parked_parameter(environment, model.name)
    if model.monitoring.drift is not None:
        entry["drift"] = True
    return entry
