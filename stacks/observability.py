"""What is seen and told of the models."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.alarm_topic import AlarmTopic
from sagemaker_lifecycle.endpoint_metrics import VariantMetrics
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.failed_releases import FailedReleases
from sagemaker_lifecycle.ledger_widget import LedgerWidgetFunction
from sagemaker_lifecycle.model_alarms import ModelAlarms
from sagemaker_lifecycle.model_dashboard import ModelDashboard
from sagemaker_lifecycle.release_alarms import ReleaseAlarms
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.trial_verdicts import TrialVerdicts
from stacks.endpoint import EndpointStack
from stacks.foundation import FoundationStack
from stacks.inference import InferenceStack
from stacks.training import TrainingStack


class ObservabilityStack(Stack):
    """Stack `lifecycle-<env>-observability`: a dashboard and a composite alarm a model, and one topic.

    One function shows the ledgers on all dashboards.

    It names what it watches and imports nothing of a model's, so that a model can be removed.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        foundation: FoundationStack,
        training: TrainingStack,
        inference: InferenceStack,
        endpoints: Sequence[EndpointStack],
    ) -> None:
        super().__init__(
            scope,
            names.stack_name(environment.name, "observability"),
            description="Dashboards, alarms and their topic",
            termination_protection=environment.termination_protection,
        )
        # A composite alarm can only be made when the alarms that it names exist.
        for stack in (training, *endpoints):
            self.add_stack_dependency(stack)
        topic = AlarmTopic(self, "Alarms", key=foundation.key, email=environment.alarm_email)
        self._notify = cast("cloudwatch.IAlarmAction", actions.SnsAction(cast("sns.ITopic", topic)))
        for alarm in ReleaseAlarms(
            self,
            "Releases",
            dead_letters=inference.approvals.dead_letters,
            rotate=inference.rotate,
            release_check=inference.release_check,
            feedback=inference.trials.feedback,
            analysis=inference.trials.analysis,
            api=inference.api.api,
        ).alarms:
            alarm.add_alarm_action(self._notify)
        FailedReleases(
            self,
            "FailedReleases",
            stack_prefix=names.endpoint_stack_prefix(environment.name),
            topic=cast("sns.ITopic", topic),
        )
        TrialVerdicts(self, "TrialVerdicts", environment=environment.name, topic=cast("sns.ITopic", topic))
        self._ledger = LedgerWidgetFunction(
            self,
            "LedgerWidget",
            environment=environment,
            models=[model.name for model in models],
            key=foundation.key,
        ).function
        for model, endpoint in zip(models, endpoints, strict=True):
            self._watch(environment, model, endpoint)
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)

    def _watch(self, environment: Environment, model: ModelSpec, endpoint: EndpointStack) -> None:
        champion, challenger = (
            VariantMetrics(endpoint_name=endpoint.endpoint_name, variant_name=variant)
            for variant in (names.CHAMPION, names.CHALLENGER)
        )
        name = f"{names.prefix(environment.name)}-{model.name}"
        alarms = ModelAlarms(
            self,
            f"Alarms-{model.name}",
            name=name,
            metrics=champion,
            others=[
                *endpoint.alarm_names,
                *names.training_alarm_names(environment.name, model.name).values(),
            ],
        )
        alarms.composite.add_alarm_action(self._notify)
        ModelDashboard(
            self,
            f"Dashboard-{model.name}",
            name=name,
            model=model.name,
            ledger=self._ledger,
            variants=[champion, challenger],
            alarms=alarms.alarms,
            latency_limit_ms=model.monitoring.latency_p99_ms,
        )
