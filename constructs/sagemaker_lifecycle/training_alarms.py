"""Alarms of a model's training."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import names

PERIOD = Duration.minutes(5)


class TrainingAlarms(Construct):
    """One alarm for executions that failed and one for those that ran out of time, in AWS/States.

    Their names are literal, so that the observability stack can name them without importing them.

    Each rings on the first in five minutes and falls silent when none follows. Who is told is the
    observability stack's matter.

    Attributes: alarms.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        model: str,
        state_machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        metrics = {
            "Failed": state_machine.metric_failed(period=PERIOD, statistic="Sum"),
            "TimedOut": state_machine.metric_timed_out(period=PERIOD, statistic="Sum"),
        }
        alarm_names = names.training_alarm_names(environment, model)
        self.alarms = [
            cloudwatch.Alarm(
                self,
                construct_id,
                alarm_name=alarm_names[construct_id],
                alarm_description=f"A training of {model} {what}: see the execution's cause",
                metric=metrics[construct_id],
                threshold=1,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for construct_id, what in (("Failed", "failed"), ("TimedOut", "ran out of time"))
        ]
