"""When a model is unwell: one composite alarm over all that watches it."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_lifecycle.endpoint_metrics import VariantMetrics

MEMORY_LIMIT_PERCENT = 90
CLIENT_ERROR_LIMIT_PERCENT = 25

# Minutes in a row: these two are no reason to take a release back, so they may look longer.
PATIENCE = 15


class ModelAlarms(Construct):
    """Alarms on the champion that roll nothing back, and the composite alarm of the model.

    Props:
        name: of the composite alarm.
        metrics: of the champion.
        others: literal names of further alarms that make the model unwell: those that roll a release back,
            those of its training.

    Attributes: composite; alarms, all that it looks at.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        metrics: VariantMetrics,
        others: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        own = [
            self._alarm(
                "Memory",
                metrics.memory_percent(),
                MEMORY_LIMIT_PERCENT,
                f"memory of {metrics.endpoint_name} is above {MEMORY_LIMIT_PERCENT} %",
            ),
            self._alarm(
                "ClientErrors",
                metrics.client_error_rate(),
                CLIENT_ERROR_LIMIT_PERCENT / 100,
                f"{metrics.endpoint_name} answers more than {CLIENT_ERROR_LIMIT_PERCENT} % with 4xx",
            ),
        ]
        self.alarms = [
            *(cast("cloudwatch.IAlarm", alarm) for alarm in own),
            *(cloudwatch.Alarm.from_alarm_name(self, other, other) for other in others),
        ]
        self.composite = cloudwatch.CompositeAlarm(
            self,
            "Composite",
            composite_alarm_name=name,
            alarm_description=f"Something is wrong with {metrics.endpoint_name}: see the alarms below it",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(
                    cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM)
                    for alarm in self.alarms
                )
            ),
        )

    def _alarm(
        self, construct_id: str, metric: cloudwatch.Metric, threshold: float, description: str
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=PATIENCE,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
