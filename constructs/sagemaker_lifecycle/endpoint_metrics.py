"""The metrics that SageMaker publishes of an endpoint, with their units put right. No alarm, no widget."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_lifecycle.names import METRIC_NAMESPACE, PREDICTION_METRIC, RELEASES_METRIC

# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
INVOCATION_NAMESPACE = "AWS/SageMaker"
INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"

_PERIOD = Duration.minutes(1)


@dataclass(frozen=True, kw_only=True)
class VariantMetrics:
    """Metrics of one variant of one endpoint, a minute a point.

    endpoint_name, variant_name: literal names, so that alarms can exist before the endpoint.
    """

    endpoint_name: str
    variant_name: str

    def invocations(self) -> cloudwatch.MathExpression:
        """Requests a minute."""
        return self._a_minute("Invocations")

    def client_errors(self) -> cloudwatch.MathExpression:
        """Requests a minute that the model answered with 4xx."""
        return self._a_minute("Invocation4XXErrors")

    def server_errors(self) -> cloudwatch.MathExpression:
        """Requests a minute that the model answered with 5xx."""
        return self._a_minute("Invocation5XXErrors")

    def client_error_rate(self) -> cloudwatch.Metric:
        """Part of the requests, 0..1: each request counts as 1 or 0 here, so that the average is the rate."""
        return self._invocation_metric("Invocation4XXErrors", "Average")

    def failure_rate(self) -> cloudwatch.MathExpression:
        """Part of the requests, 0..1, that the model answered with 5xx, or not at all: a time-out, a broken
        connection or answer, which Invocation5XXErrors does not count.

        InvocationModelErrors is whatever was no 2xx. Of each request both are 1 or 0, so averages are rates.
        """
        return cloudwatch.MathExpression(
            expression="model_errors - client_errors",
            using_metrics={
                "model_errors": self._invocation_metric("InvocationModelErrors", "Average"),
                "client_errors": self.client_error_rate(),
            },
            label="failures",
            period=_PERIOD,
        )

    def model_latency_microseconds(self, statistic: str) -> cloudwatch.Metric:
        """Time that the container took, in MICROseconds as SageMaker publishes it."""
        return self._invocation_metric("ModelLatency", statistic)

    def model_latency_milliseconds(self, statistic: str) -> cloudwatch.MathExpression:
        """Time that the container took, in milliseconds."""
        # The id must differ from those of the other expressions in the same graph.
        microseconds = f"{self.variant_name}_{statistic}"
        return cloudwatch.MathExpression(
            expression=f"{microseconds} / 1000",
            using_metrics={microseconds: self.model_latency_microseconds(statistic)},
            label=f"{self.variant_name} {statistic}",
            period=_PERIOD,
        )

    def predictions_off(self, middle: float) -> cloudwatch.MathExpression:
        """How far the mean of what was predicted is from `middle`, in the target's unit.

        Of the predict function's own metric, which it writes for models with `monitoring.drift` only.
        """
        return cloudwatch.MathExpression(
            expression=f"ABS(predicted - ({middle!r}))",
            using_metrics={"predicted": self._metric(METRIC_NAMESPACE, PREDICTION_METRIC, "Average")},
            label="predictions off the middle",
            period=_PERIOD,
        )

    def cpu_percent(self) -> cloudwatch.Metric:
        """Sum over the cores: 200 means two cores busy."""
        return self._metric(INSTANCE_NAMESPACE, "CPUUtilization", "Average")

    def memory_percent(self) -> cloudwatch.Metric:
        """Part of the instances' memory, 0..100."""
        return self._metric(INSTANCE_NAMESPACE, "MemoryUtilization", "Average")

    def _a_minute(self, name: str) -> cloudwatch.MathExpression:
        """A sum by the minute, also where a dashboard that shows days makes the points of hours.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html has PERIOD.
        """
        # The id must differ from those of the other expressions in the same graph.
        summed = f"{self.variant_name}_{name}"
        return cloudwatch.MathExpression(
            expression=f"60 * {summed} / PERIOD({summed})",
            using_metrics={summed: self._invocation_metric(name, "Sum")},
            label=self.variant_name,
            period=_PERIOD,
        )

    def _invocation_metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return self._metric(INVOCATION_NAMESPACE, name, statistic)

    def _metric(self, namespace: str, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map={"EndpointName": self.endpoint_name, "VariantName": self.variant_name},
            statistic=statistic,
            period=_PERIOD,
        )


def releases(endpoint_name: str) -> cloudwatch.Metric:
    """Releases that were verified live, as the release check counts them."""
    return cloudwatch.Metric(
        namespace=METRIC_NAMESPACE,
        metric_name=RELEASES_METRIC,
        dimensions_map={"EndpointName": endpoint_name},
        statistic="Sum",
        period=Duration.minutes(5),
        label="releases",
    )
