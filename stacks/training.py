"""How models are trained: a state machine a model, on functions, code and an image that all share."""

from collections.abc import Sequence

from aws_cdk import Stack
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.image_uri import aws_image
from sagemaker_lifecycle.model_training import ModelTraining, TrainingPlatform
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_code import TrainingCode
from sagemaker_lifecycle.training_data import TrainingData
from sagemaker_lifecycle.training_functions import RegisterModel, SnapshotData
from stacks.foundation import FoundationStack


class TrainingStack(Stack):
    """Stack `lifecycle-<env>-training`.

    Attributes: trainings, a dict from a model's name to its ModelTraining (state_machine, alarms).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        foundation: FoundationStack,
    ) -> None:
        super().__init__(
            scope,
            names.stack_name(environment.name, "training"),
            description="Training definitions, their triggers and alarms",
            termination_protection=environment.termination_protection,
        )
        data = {
            model.name: TrainingData(
                self,
                f"Data-{model.name}",
                model=model,
                own_bucket=foundation.data_bucket,
                reader=foundation.training_role,
            )
            for model in models
        }
        snapshot = SnapshotData(
            self,
            "SnapshotData",
            environment=environment,
            key=foundation.key,
            sources=[*data.values()],
            artifact_bucket=foundation.artifact_bucket,
        )
        register = RegisterModel(
            self,
            "RegisterModel",
            environment=environment,
            key=foundation.key,
            models=models,
            sources=[*data.values()],
            artifact_bucket=foundation.artifact_bucket,
        )
        platform = TrainingPlatform(
            environment=environment,
            image=aws_image(self),
            code=TrainingCode(self, "Code", reader=foundation.training_role),
            snapshot=snapshot.function,
            register=register.function,
            role=foundation.training_role,
            serving_role=foundation.inference_role,
            key=foundation.key,
            artifact_bucket=foundation.artifact_bucket,
        )
        self.trainings = {
            model.name: ModelTraining(self, model=model, platform=platform, data=data[model.name])
            for model in models
        }
