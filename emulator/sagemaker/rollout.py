"""How an endpoint comes up, changes and goes: each in a thread, with the waits on the shortened clock."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator

from emulator import aws, clock
from emulator.sagemaker.endpoint_state import Endpoint
from emulator.sagemaker.fleets import Fleet
from emulator.sagemaker.requests import Params
from emulator.sagemaker.serving import StartFailed

log = logging.getLogger("emulator.sagemaker")
PROVISION_SECONDS = 60
"""AWS seconds until instances are there."""
SCALE_SECONDS = 30
DELETE_SECONDS = 20
ROLL_BACK_SECONDS = 30
ALARM_POLL_SECONDS = 10
"""AWS seconds between two looks at the alarms during a bake."""


class RolledBack(Exception):
    """The update is taken back; the text says why."""


class Closing(Exception):
    """The emulator stops."""


def begin(what: Callable[..., None], endpoint: Endpoint, *arguments: object) -> None:
    """Run one of this module's changes in a thread of its own."""

    def guarded() -> None:
        try:
            what(endpoint, *arguments)
        except Closing:
            log.info("%s of %s cut short: the emulator stops", what.__name__, endpoint.name)
        except Exception as error:
            log.exception("%s of %s broke the emulator", what.__name__, endpoint.name)
            endpoint.move("Failed", f"InternalServerError: emulator: {error!r}")

    name = f"{what.__name__} {endpoint.name}"
    threading.Thread(target=guarded, daemon=True, name=name).start()


def _wait(endpoint: Endpoint, aws_seconds: float) -> None:
    if clock.sleep(aws_seconds, endpoint.closing):
        raise Closing


def create(endpoint: Endpoint) -> None:
    """Creating -> InService, or Failed with the container's reason."""
    _wait(endpoint, PROVISION_SECONDS)
    try:
        endpoint.fleet.start()
    except StartFailed as failure:
        endpoint.fleet.stop()
        endpoint.move("Failed", str(failure))
        return
    _require_open(endpoint, endpoint.fleet)
    endpoint.move("InService")


def _require_open(endpoint: Endpoint, fleet: Fleet) -> None:
    if endpoint.closing.is_set():
        fleet.stop()
        raise Closing


def delete(endpoint: Endpoint, forget: Callable[[], None]) -> None:
    """Deleting -> gone."""
    _wait(endpoint, DELETE_SECONDS)
    endpoint.fleet.stop()
    forget()


def rescale(endpoint: Endpoint) -> None:
    """UpdateEndpointWeightsAndCapacities: the desired weights and counts become the current ones."""
    _wait(endpoint, SCALE_SECONDS)
    with endpoint.lock:
        for variant in endpoint.fleet.production.values():
            variant.weight, variant.count = variant.desired_weight, variant.desired_count
        endpoint.shift(0.0)
    endpoint.move("InService")


def update(endpoint: Endpoint, green: Fleet, deployment: Params) -> None:
    """Updating -> InService on the new configuration, or RollingBack -> InService on the old one.

    A roll-back is silent, as on AWS: the endpoint is InService, on what it ran before.
    """
    policy: Params = deployment.get("BlueGreenUpdatePolicy") or deployment.get("RollingUpdatePolicy") or {}
    endpoint.deploy_green(green)
    try:
        _wait(endpoint, PROVISION_SECONDS)
        green.start()
        _require_open(endpoint, green)
        # From here on, as real processes take real seconds to start, which the shortened clock knows not of.
        left = policy.get("MaximumExecutionTimeoutInSeconds", math.inf)
        for share, bake_seconds in steps(deployment, green.capacity):
            endpoint.shift(share)
            log.info("%s: %.0f%% of the traffic to %s", endpoint.name, share * 100, green.config_name)
            _bake(endpoint, min(bake_seconds, left), _alarm_names(deployment))
            left -= bake_seconds
            if left < 0:
                raise RolledBack("the deployment took longer than MaximumExecutionTimeoutInSeconds")
    except (StartFailed, RolledBack) as reason:
        _roll_back(endpoint, str(reason))
        return
    except Closing:
        green.stop()
        raise
    _wait(endpoint, policy.get("TerminationWaitInSeconds", 0))
    endpoint.promote().stop()
    endpoint.move("InService")


def _roll_back(endpoint: Endpoint, reason: str) -> None:
    log.warning("%s rolls back: %s", endpoint.name, reason)
    endpoint.move("RollingBack")
    dropped = endpoint.drop_green()
    if dropped:
        dropped.stop()
    _wait(endpoint, ROLL_BACK_SECONDS)
    endpoint.move("InService")


def steps(deployment: Params, capacity: int) -> Iterator[tuple[float, float]]:
    """(share of the green fleet, AWS seconds of bake after it) of each step of a deployment."""
    rolling = deployment.get("RollingUpdatePolicy")
    if rolling:
        step = _share(rolling["MaximumBatchSize"], capacity)
        yield from _even_steps(step, rolling["WaitIntervalInSeconds"])
        return
    routing = (deployment.get("BlueGreenUpdatePolicy") or {}).get("TrafficRoutingConfiguration")
    if not routing:
        yield 1.0, 0.0
        return
    bake = routing["WaitIntervalInSeconds"]
    if routing["Type"] == "CANARY":
        yield _share(routing["CanarySize"], capacity), bake
        yield 1.0, bake
    elif routing["Type"] == "LINEAR":
        yield from _even_steps(_share(routing["LinearStepSize"], capacity), bake)
    else:
        yield 1.0, bake


def _even_steps(step: float, bake: float) -> Iterator[tuple[float, float]]:
    share = 0.0
    while share < 1.0:
        share = min(1.0, round(share + step, 6))
        yield share, bake


def _share(size: Params, capacity: int) -> float:
    if size["Type"] == "INSTANCE_COUNT":
        return min(1.0, size["Value"] / capacity)
    return size["Value"] / 100


def _alarm_names(deployment: Params) -> list[str]:
    configuration = deployment.get("AutoRollbackConfiguration") or {}
    return [alarm["AlarmName"] for alarm in configuration.get("Alarms") or []]


def _bake(endpoint: Endpoint, aws_seconds: float, alarms: list[str]) -> None:
    left = aws_seconds
    while True:
        ringing = in_alarm(endpoint.region, alarms)
        if ringing:
            raise RolledBack(f"alarms in ALARM: {', '.join(ringing)}")
        if left <= 0:
            return
        pause = min(ALARM_POLL_SECONDS, left)
        _wait(endpoint, pause)
        left -= pause


def in_alarm(region: str, names: list[str]) -> list[str]:
    """Those of the alarms (metric or composite) that are in ALARM."""
    if not names:
        return []
    found = aws.client("cloudwatch", region).describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
    return sorted(alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM")
