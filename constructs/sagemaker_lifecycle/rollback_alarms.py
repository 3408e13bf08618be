"""The alarms that make SageMaker roll a release back."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_lifecycle.endpoint_metrics import VariantMetrics
from sagemaker_lifecycle.spec.sections import Monitoring, RollbackAlarm


class RollbackAlarms(Construct):
    """Alarms on one variant of an endpoint, there whether the endpoint is or not.

    Props:
        metrics: of the variant; it carries the endpoint's literal name.
        kinds: which alarms: errors (requests that the model answers with 5xx, or not at all), latency (99th
            percentile), drift (the mean prediction of a minute out of its range).
        thresholds: what is too much; with drift among the kinds, its range too.

    No data is no alarm: a parked or idle endpoint is well. One bad minute is enough, since a bake of a few
    minutes must notice it.

    Raises ValueError for drift without its range.

    Attributes: alarms, in the order of `kinds`; names, their literal names.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metrics: VariantMetrics,
        kinds: Sequence[RollbackAlarm],
        thresholds: Monitoring,
    ) -> None:
        super().__init__(scope, construct_id)
        build = {"errors": self._errors, "latency": self._latency, "drift": self._drift}
        self.names = [
            rollback_alarm_name(metrics.endpoint_name, metrics.variant_name, kind) for kind in kinds
        ]
        self.alarms = [
            build[kind](name, metrics, thresholds) for kind, name in zip(kinds, self.names, strict=True)
        ]

    def _errors(self, name: str, metrics: VariantMetrics, thresholds: Monitoring) -> cloudwatch.Alarm:
        return self._alarm(
            "Errors",
            name,
            metrics.failure_rate(),
            thresholds.error_rate_percent / 100,
            f"{metrics.variant_name} fails more than {thresholds.error_rate_percent:g} % of its requests",
        )

    def _latency(self, name: str, metrics: VariantMetrics, thresholds: Monitoring) -> cloudwatch.Alarm:
        return self._alarm(
            "Latency",
            name,
            metrics.model_latency_microseconds("p99"),
            thresholds.latency_p99_ms * 1000,
            f"p99 latency of {metrics.variant_name} is above {thresholds.latency_p99_ms:g} ms",
        )

    def _drift(self, name: str, metrics: VariantMetrics, thresholds: Monitoring) -> cloudwatch.Alarm:
        drift = thresholds.drift
        if drift is None:
            raise ValueError("a drift alarm needs the range in monitoring.drift")
        middle, half = (
            (drift.highest_mean + drift.lowest_mean) / 2,
            (drift.highest_mean - drift.lowest_mean) / 2,
        )
        return self._alarm(
            "Drift",
            name,
            metrics.predictions_off(middle),
            half,
            f"{metrics.variant_name} predicts a mean out of {drift.lowest_mean:g} to {drift.highest_mean:g}",
        )

    def _alarm(
        self, construct_id: str, name: str, metric: cloudwatch.IMetric, threshold: float, description: str
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=name,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def rollback_alarm_name(endpoint_name: str, variant_name: str, kind: RollbackAlarm) -> str:
    """Literal name of an alarm: `dev-house-prices-champion-errors`."""
    return f"{endpoint_name}-{variant_name}-{kind}"
