"""One model at a glance."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import endpoint_widgets
from sagemaker_lifecycle.endpoint_metrics import VariantMetrics


class ModelDashboard(cloudwatch.Dashboard):
    """Alarms and releases; the ledger of releases; requests and latency; errors and instances.

    Props:
        name: of the dashboard.
        model: whose ledger is shown.
        ledger: the function that shows it.
        variants: of the model's endpoint; a variant that is not there draws nothing.
        alarms: whose state is shown.
        latency_limit_ms: drawn into the latencies, milliseconds.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        model: str,
        ledger: lambda_.IFunction,
        variants: Sequence[VariantMetrics],
        alarms: Sequence[cloudwatch.IAlarm],
        latency_limit_ms: float,
    ) -> None:
        super().__init__(scope, construct_id, dashboard_name=name, default_interval=Duration.hours(6))
        self.add_widgets(
            endpoint_widgets.alarm_status(alarms),
            endpoint_widgets.verified_releases(variants[0].endpoint_name),
        )
        self.add_widgets(endpoint_widgets.release_ledger(ledger, model))
        self.add_widgets(
            endpoint_widgets.invocations(variants),
            endpoint_widgets.latency(variants, limit_ms=latency_limit_ms),
        )
        self.add_widgets(endpoint_widgets.errors(variants), endpoint_widgets.utilization(variants))
