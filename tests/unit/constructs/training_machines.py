"""The state machine of a model's training, as the construct makes it."""

import json
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_definition import TrainingDefinition
from sagemaker_lifecycle.training_states import Step
from tests.unit.constructs.test_training_request import ROLE_ARN, job
from tests.unit.synthesis import KEY_ARN, empty_stack, template_of
from tests.unit.template_values import only
from tests.unit.training_values import plain

_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


def machine_template(spec: ModelSpec) -> dict[str, Any]:
    """The template with the model's TrainingDefinition alone; its functions are called as its states are."""
    stack = empty_stack()
    source, register = (
        Step(lambda_.Function.from_function_arn(stack, name, _FUNCTION + name.lower()), {})
        for name in ("Source", "Register")
    )
    TrainingDefinition(
        stack,
        "Definition",
        environment=environment_named("dev"),
        model=spec,
        job=job(spec),
        source=source,
        register=register,
        training_role=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    return template_of(stack)


def definition_of(template: dict[str, Any]) -> dict[str, Any]:
    """The definition of the template's one state machine, references as `plain` has them."""
    machine = only(template["Resources"], "AWS::StepFunctions::StateMachine")
    return json.loads(plain(machine["DefinitionString"]))
