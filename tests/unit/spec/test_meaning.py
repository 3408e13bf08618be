"""Checks of meaning: what neither the CDK nor CloudFormation would notice before a deploy."""

import pytest

from sagemaker_lifecycle.model_specs import load_models


def only(messages: list[str], key: str) -> str:
    """The one message about `key`."""
    (message,) = [message for message in messages if f": {key}: " in message]
    return message


def test_a_canary_needs_a_size(refusals) -> None:
    (message,) = refusals(rollout={"strategy": "canary"})
    assert "rollout.canary_percent: is missing: strategy canary needs a size; allowed: 1..50" in message


@pytest.mark.parametrize("percent", [0, 51])
def test_a_canary_is_at_most_half_of_the_fleet(refusals, percent: int) -> None:
    (message,) = refusals(rollout={"strategy": "canary", "canary_percent": percent})
    assert f"rollout.canary_percent: {percent} is out of range; allowed: 1..50" in message


@pytest.mark.parametrize("percent", [9, 51])
def test_a_linear_step_is_a_tenth_to_a_half_of_the_fleet(refusals, percent: int) -> None:
    (message,) = refusals(rollout={"strategy": "linear", "linear_step_percent": percent})
    assert f"rollout.linear_step_percent: {percent} is out of range; allowed: 10..50" in message


def test_a_linear_rollout_needs_a_step(refusals) -> None:
    (message,) = refusals(rollout={"strategy": "linear"})
    assert "rollout.linear_step_percent: is missing" in message


@pytest.mark.parametrize("strategy", ["all-at-once", "canary", "linear"])
def test_two_update_policies_are_refused(refusals, strategy: str) -> None:
    (message,) = refusals(rollout={"strategy": strategy, "canary_percent": 10, "linear_step_percent": 10})
    assert "rollout: two update policies" in message


@pytest.mark.parametrize(
    ("strategy", "key"), [("all-at-once", "canary_percent"), ("all-at-once", "linear_step_percent")]
)
def test_a_size_that_the_strategy_does_not_use_is_refused(refusals, strategy: str, key: str) -> None:
    (message,) = refusals(rollout={"strategy": strategy, key: 10})
    assert f"rollout.{key}: belongs to strategy" in message


@pytest.mark.parametrize("percent", [1, 50])
def test_canaries_within_the_limits_are_taken(write_model, percent: int) -> None:
    path = write_model(rollout={"strategy": "canary", "canary_percent": percent})
    assert load_models(path.parents[1])[0].rollout.canary_percent == percent


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("bake_seconds", -1, "from 0 up to 3600"),
        ("bake_seconds", 3601, "from 0 up to 3600"),
        ("termination_wait_seconds", 3601, "from 0 up to 3600"),
        ("max_execution_seconds", 599, "from 600 up to 28800"),
        ("max_execution_seconds", 28801, "from 600 up to 28800"),
    ],
)
def test_waits_outside_of_sagemakers_limits_are_refused(refusals, key: str, value: int, allowed: str) -> None:
    (message,) = refusals(rollout={key: value})
    assert f"rollout.{key}: {value}" in message
    assert allowed in message


def test_waits_that_outlast_the_execution_are_refused(refusals) -> None:
    rollout = {
        "strategy": "linear",
        "linear_step_percent": 10,
        "bake_seconds": 300,
        "max_execution_seconds": 3000,
    }
    (message,) = refusals(rollout=rollout)
    assert "rollout.max_execution_seconds: 3000 is not above the 3000 seconds" in message


def test_a_rollout_needs_an_alarm(refusals) -> None:
    (message,) = refusals(rollout={"alarms": []})
    assert "rollout.alarms: [] has too few items" in message


def test_a_rollout_takes_ten_alarms_at_most(refusals) -> None:
    (message,) = refusals(rollout={"alarms": ["errors"] * 11})
    assert "rollout.alarms" in message
    assert "has too many items" in message


def test_an_alarm_named_twice_is_refused(refusals) -> None:
    (message,) = refusals(rollout={"alarms": ["errors", "errors"]})
    assert "rollout.alarms: names an alarm twice" in message


def test_a_realtime_endpoint_has_an_instance(refusals) -> None:
    (message,) = refusals(serving={"type": "realtime", "min_instances": 0})
    assert "serving.min_instances: a real-time endpoint keeps at least 1 instance" in message


def test_more_instances_at_least_than_at_most_are_refused(refusals) -> None:
    (message,) = refusals(serving={"type": "realtime", "min_instances": 3, "max_instances": 2})
    assert "serving.max_instances: 2 is below min_instances 3" in message


@pytest.mark.parametrize("instance_type", ["ml.t2.medium"])
def test_a_burstable_type_is_not_autoscaled(refusals, instance_type: str) -> None:
    (message,) = refusals(serving={"type": "realtime", "instance_type": instance_type})
    assert f"serving.instance_type: {instance_type} is burstable and cannot be autoscaled" in message


def test_a_burstable_type_of_fixed_number_is_taken(write_model) -> None:
    path = write_model(serving={"type": "realtime", "instance_type": "ml.t2.medium", "max_instances": 1})
    assert not load_models(path.parents[1])[0].serving.autoscaled


def test_serverless_with_an_instance_type_is_refused(refusals) -> None:
    found = refusals(serving={"type": "serverless", "instance_type": "ml.m5.large"})
    assert "serverless serving has no instances" in only(found, "serving.instance_type")
    assert "not supported yet" in only(found, "serving.type")


@pytest.mark.parametrize("memory", [512, 1500, 1536, 7168])
def test_serverless_memory_is_a_multiple_of_1024_up_to_6144(refusals, memory: int) -> None:
    found = refusals(serving={"type": "serverless", "memory_mb": memory})
    assert f"{memory} is no serverless memory; allowed: 1024, 2048" in only(found, "serving.memory_mb")


@pytest.mark.parametrize("memory", [1024, 6144])
def test_serverless_memory_at_the_limits_is_no_fault(refusals, memory: int) -> None:
    (message,) = refusals(serving={"type": "serverless", "memory_mb": memory})
    assert "serving.type: 'serverless' is not supported yet" in message


def test_serverless_with_data_capture_is_refused(refusals) -> None:
    found = refusals(serving={"type": "serverless", "capture": {"percent": 10}})
    assert any("serverless serving cannot capture data" in message for message in found)


def test_serverless_settings_of_a_realtime_endpoint_are_refused(refusals) -> None:
    found = refusals(serving={"type": "realtime", "memory_mb": 1024, "max_concurrency": 5})
    assert "belongs to serverless" in only(found, "serving.memory_mb")
    assert "belongs to serverless" in only(found, "serving.max_concurrency")


@pytest.mark.parametrize(("metric", "threshold"), [("r2", 1.1), ("rmse", -1), ("mae", -0.1)])
def test_a_gate_that_nothing_passes_is_refused(refusals, metric: str, threshold: float) -> None:
    csv = "SquareFeet,Price\n" + "".join(f"{n},{n}\n" for n in range(10))
    (message,) = refusals(csv=csv, gate={"metric": metric, "threshold": threshold})
    assert f"gate.threshold: {threshold:g} is never reached: {metric}" in message


def test_a_feature_declared_twice_is_refused(refusals) -> None:
    (message,) = refusals(features=[{"name": "SquareFeet"}, {"name": "SquareFeet"}])
    assert "features[1].name: 'SquareFeet' is declared twice" in message


def test_the_target_as_a_feature_is_refused(refusals) -> None:
    (message,) = refusals(features=[{"name": "Price"}])
    assert "features[0].name: 'Price' is the target" in message


def test_a_minimum_above_the_maximum_is_refused(refusals) -> None:
    (message,) = refusals(features=[{"name": "SquareFeet", "minimum": 5, "maximum": 4}])
    assert "features[0].maximum: 4 is below the minimum 5" in message


def test_more_features_than_a_job_can_be_told_are_refused(refusals) -> None:
    values = [f"{index:0>200}" for index in range(1000)]
    (message,) = refusals(features=[{"name": "City", "type": "category", "values": values}])
    assert "features: names and values take 204" in message
    assert "allowed: 150000" in message


@pytest.mark.parametrize("key", ["bucket", "prefix"])
def test_keys_of_s3_at_a_local_source_are_refused(refusals, key: str) -> None:
    found = refusals(source={"type": "local", key: "houses/" if key == "prefix" else "houses"})
    assert "belongs to an s3 source" in only(found, f"source.{key}")


def test_a_path_at_an_s3_source_is_refused(refusals) -> None:
    (message,) = refusals(source={"type": "s3", "path": "data"})
    assert "source.path: belongs to a local source" in message


def test_a_bucket_without_a_prefix_is_refused(refusals) -> None:
    (message,) = refusals(source={"type": "s3", "bucket": "my-bucket"})
    assert "source.prefix: is missing" in message


def test_an_s3_source_needs_no_local_data(write_model) -> None:
    path = write_model(csv=None, source={"type": "s3", "bucket": "my-bucket", "prefix": "houses/"})
    assert load_models(path.parents[1])[0].data_prefix == "houses/"


RANGE = {"lowest_mean": 0, "highest_mean": 500000}


def test_a_range_of_predictions_needs_its_alarm(refusals) -> None:
    (message,) = refusals(monitoring={"drift": RANGE})
    assert "rollout.alarms: names no drift, so that its range does nothing" in message


def test_an_alarm_of_drift_needs_its_range(refusals) -> None:
    (message,) = refusals(rollout={"alarms": ["drift"]})
    assert "monitoring.drift: is missing: rollout.alarms names drift" in message


def test_classes_do_not_drift(refusals) -> None:
    messages = refusals(task="classification", monitoring={"drift": RANGE}, rollout={"alarms": ["drift"]})
    assert "a class has no mean" in only(messages, "monitoring.drift")


def test_a_range_ends_above_its_beginning(refusals) -> None:
    (message,) = refusals(
        monitoring={"drift": {"lowest_mean": 5, "highest_mean": 5}}, rollout={"alarms": ["drift"]}
    )
    assert "monitoring.drift.highest_mean: 5 is not above lowest_mean (5)" in message
