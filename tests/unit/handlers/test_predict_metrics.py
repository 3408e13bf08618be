"""Predictions as a metric, by a line of the function's log."""

from dataclasses import replace

from predict import metrics
from predict.contract import Model

WATCHED = Model("houses", "dev-houses", "regression", "lifecycle", (), frozenset(), drift=True)


def test_a_line_names_metric_variant_and_values() -> None:
    fields = metrics.of(WATCHED, "challenger", [1.5, 2.0], 1_790_000_000.5)
    [directive] = fields["_aws"]["CloudWatchMetrics"]
    assert fields["_aws"]["Timestamp"] == 1_790_000_000_500
    assert directive == {
        "Namespace": "SageMakerLifecycle",
        "Dimensions": [["EndpointName", "VariantName"]],
        "Metrics": [{"Name": "Prediction"}],
    }
    named = {name: fields[name] for name in ("EndpointName", "VariantName", "Prediction")}
    assert named == {"EndpointName": "dev-houses", "VariantName": "challenger", "Prediction": [1.5, 2.0]}


def test_predictions_that_nobody_watches_stay_out_of_the_log() -> None:
    assert metrics.of(replace(WATCHED, drift=False), "champion", [1.5], 1.0) == {}


def test_a_prediction_that_is_a_text_is_no_value() -> None:
    assert metrics.of(WATCHED, "champion", ["3.5", 2.0], 1.0)["Prediction"] == [2.0]
    assert metrics.of(WATCHED, "champion", ["3.5"], 1.0) == {}
