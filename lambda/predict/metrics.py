"""What the function writes of its predictions as a metric, where the model's drift is watched. Pure.

CloudWatch makes metrics of log lines in its embedded metric format, so no request waits for a call:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Sequence
from typing import Any

from predict.contract import Model

NAMESPACE = "SageMakerLifecycle"
PREDICTION = "Prediction"


def of(model: Model, variant: str, predictions: Sequence[object], at: float) -> dict[str, Any]:
    """The fields that make a log line a metric of the variant's predictions; none where drift is not watched.

    What is no number (a user's script may answer text) has no mean and is left out. at: seconds since 1970.
    The format takes at most 100 values, as a request does.
    """
    numbers = [value for value in predictions if isinstance(value, int | float)]
    if not model.drift or not numbers:
        return {}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["EndpointName", "VariantName"]],
        "Metrics": [{"Name": PREDICTION}],
    }
    return {
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        "EndpointName": model.endpoint,
        "VariantName": variant,
        PREDICTION: numbers,
    }
