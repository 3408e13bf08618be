"""What asks the endpoints, and what releases into them."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.approval_queue import ApprovalQueue
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.instance_type_checks import InstanceTypeChecks
from sagemaker_lifecycle.parking_schedules import ParkingSchedules
from sagemaker_lifecycle.predict_function import PredictFunction
from sagemaker_lifecycle.prediction_api import PredictionApi
from sagemaker_lifecycle.release_functions import ReleaseCheckFunction, RotateFunction
from sagemaker_lifecycle.release_role import ReleaseRole
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.trials import Trials
from stacks.foundation import FoundationStack


class InferenceStack(Stack):
    """Stack `lifecycle-<env>-inference`. It names endpoints and endpoint stacks, and depends on none.

    Attributes: predict, rotate, release_check (functions), release_role, api, approvals, trials.
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
            names.stack_name(environment.name, "inference"),
            description="Prediction API and releases",
            termination_protection=environment.termination_protection,
        )
        self._add_releases(environment, models, foundation)
        self._add_predictions(environment, models, foundation)
        CfnOutput(self, "ApiUrl", value=self.api.url)
        CfnOutput(self, "RotateFunctionName", value=self.rotate.function_name)
        CfnOutput(self, "AnalysisFunctionName", value=self.trials.analysis.function_name)
        CfnOutput(self, "ReleaseRoleArn", value=self.release_role.role_arn)

    def _add_releases(
        self, environment: Environment, models: Sequence[ModelSpec], foundation: FoundationStack
    ) -> None:
        key = foundation.key
        model_names = [model.name for model in models]
        self.release_check = ReleaseCheckFunction(
            self, "ReleaseCheck", environment=environment, models=model_names, key=key
        ).function
        release_role = ReleaseRole(
            self,
            "ReleaseRole",
            environment=environment.name,
            models=model_names,
            execution_role=foundation.inference_role,
            key=key,
            release_check=self.release_check,
        )
        self.release_role = cast("iam.IRole", release_role)
        self.rotate = RotateFunction(
            self,
            "Rotate",
            environment=environment,
            models=model_names,
            release_role=self.release_role,
            key=key,
            reads_invocations=any(model.cost.park.idle_hours for model in models),
        ).function
        self.approvals = ApprovalQueue(
            self,
            "Approvals",
            group_prefix=f"{names.prefix(environment.name)}-",
            stack_prefix=names.endpoint_stack_prefix(environment.name),
            function=self.rotate,
        )
        ParkingSchedules(
            self,
            "Parking",
            environment=environment.name,
            models=models,
            function=self.rotate,
            approvals=self.approvals,
        )
        InstanceTypeChecks(
            self, "InstanceTypes", environment=environment.name, models=models, function=self.rotate
        )

    def _add_predictions(
        self, environment: Environment, models: Sequence[ModelSpec], foundation: FoundationStack
    ) -> None:
        key = foundation.key
        self.predict = PredictFunction(
            self, "Predict", environment=environment, models=models, key=key, rotate=self.rotate
        ).function
        self.trials = Trials(
            self,
            "Trials",
            environment=environment,
            models=models,
            rotate=self.rotate,
            data_bucket=foundation.data_bucket,
            key=key,
        )
        self.api = PredictionApi(
            self,
            "Predictions",
            predict=self.predict,
            feedback=self.trials.feedback,
            environment=environment,
            key=key,
        )
