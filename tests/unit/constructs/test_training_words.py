"""People are told in words what an execution does: whatever state it is in."""

import json
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from cli.training_progress import IN_WORDS
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_definition import TrainingDefinition
from sagemaker_lifecycle.training_states import Step
from tests.unit.constructs.test_training_definition import REGISTER_ARN, SOURCE_ARN
from tests.unit.constructs.test_training_request import ROLE_ARN, job, model
from tests.unit.synthesis import KEY_ARN, empty_stack, template_of
from tests.unit.template_values import only
from tests.unit.training_values import plain

TUNED = {
    "algorithm": "random-forest",
    "hyperparameters": {"max_depth": {"min": 3, "max": 12}},
    "training": {"tuning": {"max_jobs": 6, "max_parallel": 2}},
}
# They take moments only.
TOLD_OF_NONE = {
    "ChampionModel",
    "DeleteChampionModel",
    "NewestTrial",
    "TrialOfExistingJob",
}


def states(spec: ModelSpec) -> dict[str, Any]:
    stack = empty_stack()
    TrainingDefinition(
        stack,
        "Definition",
        environment=environment_named("dev"),
        model=spec,
        job=job(spec),
        source=Step(lambda_.Function.from_function_arn(stack, "Source", SOURCE_ARN), {}),
        register=Step(lambda_.Function.from_function_arn(stack, "Register", REGISTER_ARN), {}),
        training_role=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    machine = only(template_of(stack)["Resources"], "AWS::StepFunctions::StateMachine")
    return json.loads(plain(machine["DefinitionString"]))["States"]


@pytest.fixture(scope="module")
def slow() -> set[str]:
    """The states of all kinds of models that do something, or wait."""
    models = (model(algorithm="xgboost"), model(**TUNED), model(training={"on_new_data": True}))
    return {
        name for spec in models for name, state in states(spec).items() if state["Type"] in ("Task", "Wait")
    }


def test_every_state_that_takes_time_has_words(slow: set[str]) -> None:
    assert slow - IN_WORDS.keys() == TOLD_OF_NONE


def test_words_are_of_states_that_there_are(slow: set[str]) -> None:
    assert IN_WORDS.keys() - slow == set()
