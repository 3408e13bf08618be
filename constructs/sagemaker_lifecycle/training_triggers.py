"""What starts a training without anybody asking: a schedule, and new data."""

from typing import cast

from aws_cdk import Annotations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle.object_events import object_created
from sagemaker_lifecycle.spec import ModelSpec


class TrainingTriggers(Construct):
    """An EventBridge rule for each of `training.schedule` and `training.on_new_data` that the model has.

    Props:
        state_machine: started with `{}`, by new data with `{"new_data": "<key of the object>"}`.
        data_bucket: where the model's data lies; it must send its events to EventBridge. Of a bucket of the
            user's own, which is not this app's to change, the synth says so.

    Duplicates are harmless: an execution on data that was trained on before finds that job.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: ModelSpec,
        state_machine: sfn.IStateMachine,
        data_bucket: s3.IBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        training = model.training
        if training.schedule:
            events.Rule(
                self,
                "Schedule",
                description=f"Train {model.name} by its schedule",
                schedule=events.Schedule.expression(training.schedule),
                targets=[_start(state_machine, {})],
            )
        if training.on_new_data:
            self._remind_of_events(model)
            events.Rule(
                self,
                "NewData",
                description=f"Train {model.name} when its data changes",
                event_pattern=object_created(data_bucket, model.data_prefix),
                targets=[
                    _start(state_machine, {"new_data": events.EventField.from_path("$.detail.object.key")})
                ],
            )

    def _remind_of_events(self, model: ModelSpec) -> None:
        bucket = model.source.bucket
        if bucket is None:
            return
        configuration = '{"EventBridgeConfiguration": {}}'
        Annotations.of(self).add_info_v2(
            "sagemaker-lifecycle:bucket-events",
            f"{model.name}: training.on_new_data hears of new files in {bucket} only if it sends its events "
            f"to EventBridge: aws s3api put-bucket-notification-configuration --bucket {bucket} "
            f"--notification-configuration '{configuration}' (which replaces what it had)",
        )


def _start(state_machine: sfn.IStateMachine, given: dict[str, str]) -> events.IRuleTarget:
    """Start an execution with `given`; the rules share the role for it."""
    target = targets.SfnStateMachine(
        state_machine, input=events.RuleTargetInput.from_object(given), retry_attempts=10
    )
    return cast("events.IRuleTarget", target)
