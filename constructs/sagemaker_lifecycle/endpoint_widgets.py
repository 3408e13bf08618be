"""What a dashboard shows of an endpoint: its metrics by variant, its alarms, its releases. No dashboard."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.endpoint_metrics import VariantMetrics, releases

WHOLE = 24
HALF = 12
HEIGHT = 6
PERCENTILES = ("p50", "p90", "p99")

_RED = "#d13212"


def invocations(variants: Sequence[VariantMetrics]) -> cloudwatch.GraphWidget:
    """Requests a minute, stacked by variant."""
    return cloudwatch.GraphWidget(
        title="Invocations by variant",
        left=[variant.invocations() for variant in variants],
        left_y_axis=cloudwatch.YAxisProps(label="requests a minute", min=0, show_units=False),
        stacked=True,
        width=HALF,
        height=HEIGHT,
    )


def latency(variants: Sequence[VariantMetrics], *, limit_ms: float) -> cloudwatch.GraphWidget:
    """The container's time in milliseconds, at three percentiles a variant, and the limit of the 99th."""
    return cloudwatch.GraphWidget(
        title="Model latency",
        left=[
            variant.model_latency_milliseconds(percentile)
            for variant in variants
            for percentile in PERCENTILES
        ],
        left_annotations=[cloudwatch.HorizontalAnnotation(value=limit_ms, label="limit of p99", color=_RED)],
        left_y_axis=cloudwatch.YAxisProps(label="milliseconds", min=0, show_units=False),
        width=HALF,
        height=HEIGHT,
    )


def errors(variants: Sequence[VariantMetrics]) -> cloudwatch.GraphWidget:
    """Requests a minute that the model answered with 4xx and with 5xx."""
    return cloudwatch.GraphWidget(
        title="Errors of the model",
        left=[
            metric.with_(label=f"{variant.variant_name} {kind}")
            for variant in variants
            for kind, metric in (("4xx", variant.client_errors()), ("5xx", variant.server_errors()))
        ],
        left_y_axis=cloudwatch.YAxisProps(label="requests a minute", min=0, show_units=False),
        width=HALF,
        height=HEIGHT,
    )


def utilization(variants: Sequence[VariantMetrics]) -> cloudwatch.GraphWidget:
    """CPU (left, summed over cores) and memory (right) of the instances."""
    return cloudwatch.GraphWidget(
        title="Instances",
        left=[variant.cpu_percent().with_(label=f"{variant.variant_name} CPU") for variant in variants],
        right=[
            variant.memory_percent().with_(label=f"{variant.variant_name} memory") for variant in variants
        ],
        left_y_axis=cloudwatch.YAxisProps(label="CPU, % of one core", min=0, show_units=False),
        right_y_axis=cloudwatch.YAxisProps(label="memory, %", min=0, max=100, show_units=False),
        width=HALF,
        height=HEIGHT,
    )


def verified_releases(endpoint_name: str) -> cloudwatch.GraphWidget:
    """How many releases were verified live in the range of time that the dashboard shows."""
    return cloudwatch.GraphWidget(
        title="Releases",
        left=[releases(endpoint_name)],
        left_y_axis=cloudwatch.YAxisProps(label="releases", min=0, show_units=False),
        view=cloudwatch.GraphWidgetView.BAR,
        # A bar would show the last period only, in which there hardly ever is a release.
        set_period_to_time_range=True,
        width=HALF,
        height=HEIGHT,
    )


def release_ledger(function: lambda_.IFunction, model: str) -> cloudwatch.CustomWidget:
    """What is live, since when, by whom, and what was before it, as the ledger widget's function tells it."""
    return cloudwatch.CustomWidget(
        title="Ledger of releases",
        function_arn=function.function_arn,
        params={"model": model},
        # Neither the widget's size nor the range of time changes what it shows.
        update_on_resize=False,
        update_on_time_range_change=False,
        width=WHOLE,
        height=HEIGHT,
    )


def alarm_status(alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.AlarmStatusWidget:
    """The state of each alarm."""
    return cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=HALF, height=HEIGHT)
