"""Deployment guardrails: traffic shifts in steps, alarms take it back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.sagemaker.rollout import ALARM_POLL_SECONDS, PROVISION_SECONDS

from .conftest import wait_for
from .pace import Pace


def _blue_green(kind: str, bake: int, **more: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": bake, **more}
    return {"TrafficRoutingConfiguration": routing, "MaximumExecutionTimeoutInSeconds": 14400}


def _percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


@pytest.fixture
def alarm(line: Any) -> str:
    """An alarm that is OK until told otherwise."""
    name = line.name("alarm")
    line.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Nobody",
        MetricName="Sends",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    line.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    return name


@pytest.fixture
def endpoint(line: Any) -> str:
    """An endpoint whose champion multiplies by 10, of the test's own."""
    return line.endpoint(line.config({"champion": (line.model(10), 1)}))


def _update(line: Any, endpoint: str, deployment: dict[str, Any], **more: Any) -> str:
    config = line.config({"champion": (line.model(20), 1)})
    line.sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=config, DeploymentConfig=deployment, **more
    )
    return config


def _share_of_new(line: Any, endpoint: str, requests: int = 20) -> float:
    return sum(line.ask(endpoint)["predictions"] == [40.0] for _ in range(requests)) / requests


def test_a_canary_takes_its_share_then_all(line: Any, endpoint: str, pace: Pace) -> None:
    canary = _blue_green("CANARY", 480, CanarySize=_percent(20))
    pace.hold(endpoint)
    config = _update(line, endpoint, {"BlueGreenUpdatePolicy": canary})
    pace.grant(endpoint, PROVISION_SECONDS)
    wait_for(lambda: _share_of_new(line, endpoint, 5), lambda share: share > 0)
    assert _share_of_new(line, endpoint) == pytest.approx(0.2, abs=0.06)
    pace.grant(endpoint, 480)
    wait_for(lambda: _share_of_new(line, endpoint, 5), lambda share: share == 1.0)
    assert line.describe(endpoint)["EndpointStatus"] == "Updating"
    pace.grant(endpoint, 480)
    described = line.settled(endpoint)
    assert pace.left(endpoint) == 0
    assert described["EndpointConfigName"] == config
    assert described["LastDeploymentConfig"] == {"BlueGreenUpdatePolicy": canary}
    assert "PendingDeploymentSummary" not in described


def test_a_linear_deployment_goes_step_by_step(line: Any, endpoint: str, pace: Pace) -> None:
    linear = _blue_green("LINEAR", 240, LinearStepSize=_percent(50))
    pace.hold(endpoint)
    _update(line, endpoint, {"BlueGreenUpdatePolicy": linear})
    pace.grant(endpoint, PROVISION_SECONDS)
    for share in (0.5, 1.0):
        wait_for(lambda: _share_of_new(line, endpoint, 4), share.__eq__)
        assert line.describe(endpoint)["EndpointStatus"] == "Updating"
        pace.grant(endpoint, 240)
    line.settled(endpoint)
    assert _share_of_new(line, endpoint, 4) == 1.0
    assert pace.left(endpoint) == 0


def test_an_alarm_during_the_bake_rolls_back_silently(
    line: Any, endpoint: str, alarm: str, pace: Pace
) -> None:
    old = line.describe(endpoint)["EndpointConfigName"]
    deployment = {
        "BlueGreenUpdatePolicy": _blue_green("CANARY", 3600, CanarySize=_percent(50)),
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
    }
    pace.hold(endpoint)
    _update(line, endpoint, deployment)
    pace.grant(endpoint, PROVISION_SECONDS)
    wait_for(lambda: _share_of_new(line, endpoint, 4), lambda share: share == 0.5)
    cloudwatch = line.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    pace.grant(endpoint, ALARM_POLL_SECONDS)
    wait_for(lambda: line.describe(endpoint)["EndpointStatus"], lambda status: status == "RollingBack")
    assert _share_of_new(line, endpoint, 4) == 0.0
    pace.release(endpoint)
    described = line.settled(endpoint)
    assert described["EndpointConfigName"] == old
    assert "FailureReason" not in described
    assert "PendingDeploymentSummary" not in described
    assert line.ask(endpoint)["predictions"] == [20.0]


def test_the_old_fleet_is_kept_for_the_termination_wait(line: Any, endpoint: str, pace: Pace) -> None:
    policy = _blue_green("ALL_AT_ONCE", 0) | {"TerminationWaitInSeconds": 480}
    pace.hold(endpoint)
    _update(line, endpoint, {"BlueGreenUpdatePolicy": policy})
    pace.grant(endpoint, PROVISION_SECONDS)
    wait_for(lambda: _share_of_new(line, endpoint, 2), lambda share: share == 1.0)
    assert line.describe(endpoint)["EndpointStatus"] == "Updating"
    pace.grant(endpoint, 480)
    line.settled(endpoint)
    assert pace.left(endpoint) == 0


def test_a_rolling_deployment_goes_in_batches(line: Any, endpoint: str, pace: Pace) -> None:
    rolling = {"MaximumBatchSize": _percent(50), "WaitIntervalInSeconds": 240}
    pace.hold(endpoint)
    config = _update(line, endpoint, {"RollingUpdatePolicy": rolling})
    pace.grant(endpoint, PROVISION_SECONDS)
    for share in (0.5, 1.0):
        wait_for(lambda: _share_of_new(line, endpoint, 4), share.__eq__)
        pace.grant(endpoint, 240)
    assert line.settled(endpoint)["EndpointConfigName"] == config


def test_an_alarm_that_rings_already_stops_the_update_at_once(line: Any, endpoint: str, alarm: str) -> None:
    old = line.describe(endpoint)["EndpointConfigName"]
    line.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    deployment = {
        "BlueGreenUpdatePolicy": _blue_green("ALL_AT_ONCE", 3600),
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
    }
    _update(line, endpoint, deployment)
    assert line.settled(endpoint)["EndpointConfigName"] == old


def test_a_deployment_that_takes_too_long_rolls_back(line: Any, endpoint: str) -> None:
    old = line.describe(endpoint)["EndpointConfigName"]
    slow = _blue_green("LINEAR", 300, LinearStepSize=_percent(10))
    _update(line, endpoint, {"BlueGreenUpdatePolicy": slow | {"MaximumExecutionTimeoutInSeconds": 600}})
    assert line.settled(endpoint)["EndpointConfigName"] == old


def test_the_last_deployment_configuration_can_be_kept(line: Any, endpoint: str) -> None:
    policy = {"BlueGreenUpdatePolicy": _blue_green("ALL_AT_ONCE", 0)}
    _update(line, endpoint, policy)
    line.settled(endpoint)
    config = line.config({"champion": (line.model(30), 1)})
    line.sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=config, RetainDeploymentConfig=True
    )
    described = line.settled(endpoint)
    assert (described["EndpointConfigName"], described["LastDeploymentConfig"]) == (config, policy)


def _refused(line: Any, endpoint: str, deployment: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as caught:
        _update(line, endpoint, deployment)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert line.describe(endpoint)["EndpointStatus"] == "InService"
    return caught.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def steady(line: Any) -> str:
    """An endpoint that no test changes."""
    return line.endpoint(line.config({"champion": (line.model(10), 1)}))


@pytest.mark.parametrize(
    ("policy", "word"),
    [
        (_blue_green("CANARY", 60), "CanarySize"),
        (_blue_green("CANARY", 60, CanarySize=_percent(51)), "between 1 and 50"),
        (_blue_green("LINEAR", 60, LinearStepSize=_percent(9)), "between 10 and 50"),
        (_blue_green("ALL_AT_ONCE", 60, CanarySize=_percent(10)), "CanarySize"),
        (_blue_green("ALL_AT_ONCE", 3601), "3600"),
    ],
)
def test_a_policy_out_of_bounds_is_refused(line: Any, steady: str, policy: dict[str, Any], word: str) -> None:
    assert word in _refused(line, steady, {"BlueGreenUpdatePolicy": policy})


def test_two_policies_are_refused(line: Any, steady: str) -> None:
    rolling = {"MaximumBatchSize": _percent(50), "WaitIntervalInSeconds": 0}
    both = {"BlueGreenUpdatePolicy": _blue_green("ALL_AT_ONCE", 0), "RollingUpdatePolicy": rolling}
    assert "Only one" in _refused(line, steady, both)


def test_an_alarm_that_does_not_exist_is_refused(line: Any, steady: str) -> None:
    deployment = {
        "BlueGreenUpdatePolicy": _blue_green("ALL_AT_ONCE", 0),
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "no-such-alarm"}]},
    }
    assert "no-such-alarm" in _refused(line, steady, deployment)


def test_a_change_of_variants_under_guardrails_can_go_either_way(
    line: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {
        "EndpointName": endpoint,
        "EndpointConfigName": line.config(
            {"champion": (line.model(20), 1), "challenger": (line.model(3), 1)}
        ),
        "DeploymentConfig": {"BlueGreenUpdatePolicy": _blue_green("ALL_AT_ONCE", 0)},
    }
    with pytest.raises(ClientError, match="must have the same variant names"):
        line.sagemaker.update_endpoint(**request)
    monkeypatch.setenv("EMULATOR_VARIANT_CHANGE_UNDER_GUARDRAILS", "accept")
    line.sagemaker.update_endpoint(**request)
    assert len(line.settled(endpoint)["ProductionVariants"]) == 2
