"""How SageMaker's deployment guardrails move an endpoint from one release to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_lifecycle.spec.sections import Rollout, RolloutStrategy

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html
CANARY_PERCENT = range(1, 51)
LINEAR_STEP_PERCENT = range(10, 51)
ROLLING_BATCH_PERCENT = range(5, 51)
WAIT_SECONDS = range(3601)
EXECUTION_SECONDS = range(600, 28801)
ALARM_COUNT = range(1, 11)

_Property = sagemaker.CfnEndpoint


@dataclass(frozen=True, kw_only=True)
class BlueGreen:
    """A new fleet beside the old one; traffic shifts to it, and back when an alarm fires.

    strategy: all traffic at once, a canary first, or linear steps.
    canary_percent: size of the canary, 1..50 % of the capacity; only and always with `canary`.
    linear_step_percent: size of a step, 10..50 % of the capacity; only and always with `linear`.
    bake_seconds: how long the alarms are watched after each shift, 0..3600.
    termination_wait_seconds: how long the old fleet is kept at the end, 0..3600.
    max_execution_seconds: after this long a release is rolled back, 600..28800.
    """

    strategy: RolloutStrategy
    canary_percent: int | None = None
    linear_step_percent: int | None = None
    bake_seconds: int
    termination_wait_seconds: int
    max_execution_seconds: int

    @classmethod
    def of(cls, rollout: Rollout) -> "BlueGreen":
        """The policy that a model's `rollout` section asks for."""
        return cls(
            strategy=rollout.strategy,
            canary_percent=rollout.canary_percent,
            linear_step_percent=rollout.linear_step_percent,
            bake_seconds=rollout.bake_seconds,
            termination_wait_seconds=rollout.termination_wait_seconds,
            max_execution_seconds=rollout.max_execution_seconds,
        )

    def errors(self, variant_count: int) -> list[str]:
        """All that SageMaker would refuse."""
        return [
            *_size_errors("canary", self.strategy, self.canary_percent, CANARY_PERCENT),
            *_size_errors("linear", self.strategy, self.linear_step_percent, LINEAR_STEP_PERCENT),
            *_range_errors("bake_seconds", self.bake_seconds, WAIT_SECONDS),
            *_range_errors("termination_wait_seconds", self.termination_wait_seconds, WAIT_SECONDS),
            *_range_errors("max_execution_seconds", self.max_execution_seconds, EXECUTION_SECONDS),
        ]

    def properties(self) -> dict[str, Any]:
        """The policy as keyword of DeploymentConfigProperty."""
        routing = _Property.TrafficRoutingConfigProperty(
            type=self.strategy.upper().replace("-", "_"),
            canary_size=_percent(self.canary_percent),
            linear_step_size=_percent(self.linear_step_percent),
            wait_interval_in_seconds=self.bake_seconds,
        )
        return {
            "blue_green_update_policy": _Property.BlueGreenUpdatePolicyProperty(
                traffic_routing_configuration=routing,
                termination_wait_in_seconds=self.termination_wait_seconds,
                maximum_execution_timeout_in_seconds=self.max_execution_seconds,
            )
        }


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """Instances are replaced batch by batch: no second fleet to pay for, but one variant only.

    batch_percent: size of a batch, 5..50 % of the capacity.
    bake_seconds: how long the alarms are watched after each batch, 0..3600.
    max_execution_seconds: after this long a release is rolled back, 600..28800.
    """

    batch_percent: int
    bake_seconds: int
    max_execution_seconds: int

    def errors(self, variant_count: int) -> list[str]:
        """All that SageMaker would refuse."""
        errors = [
            *_range_errors("batch_percent", self.batch_percent, ROLLING_BATCH_PERCENT),
            *_range_errors("bake_seconds", self.bake_seconds, WAIT_SECONDS),
            *_range_errors("max_execution_seconds", self.max_execution_seconds, EXECUTION_SECONDS),
        ]
        if variant_count > 1:
            errors.append(f"a rolling update serves 1 variant, this endpoint can have {variant_count}")
        return errors

    def properties(self) -> dict[str, Any]:
        """The policy as keyword of DeploymentConfigProperty."""
        return {
            "rolling_update_policy": _Property.RollingUpdatePolicyProperty(
                maximum_batch_size=_percent(self.batch_percent),  # pyright: ignore[reportArgumentType]
                wait_interval_in_seconds=self.bake_seconds,
                maximum_execution_timeout_in_seconds=self.max_execution_seconds,
            )
        }


UpdatePolicy = BlueGreen | Rolling


def policy_errors(policies: Sequence[UpdatePolicy], *, variant_count: int, alarm_count: int) -> list[str]:
    """All that is wrong with an endpoint's update policies: there must be exactly one, with 1..10 alarms."""
    errors = [error for policy in policies for error in policy.errors(variant_count)]
    if len(policies) != 1:
        errors.append(f"{len(policies)} update policies; SageMaker takes exactly one")
    if alarm_count not in ALARM_COUNT:
        errors.append(f"{alarm_count} rollback alarms; allowed: {_bounds(ALARM_COUNT)}")
    return errors


def _percent(value: int | None) -> sagemaker.CfnEndpoint.CapacitySizeProperty | None:
    return None if value is None else _Property.CapacitySizeProperty(type="CAPACITY_PERCENT", value=value)


def _size_errors(owner: str, strategy: str, value: int | None, allowed: range) -> list[str]:
    if strategy == owner and value is None:
        return [f"{owner} without a size; allowed: {_bounds(allowed)} percent"]
    if strategy != owner and value is not None:
        return [f"a {owner} size with strategy {strategy}: two update policies"]
    return [] if value is None else _range_errors(f"{owner} size in percent", value, allowed)


def _range_errors(name: str, value: int, allowed: range) -> list[str]:
    return [] if value in allowed else [f"{name} is {value}; allowed: {_bounds(allowed)}"]


def _bounds(allowed: range) -> str:
    return f"{allowed.start}..{allowed.stop - 1}"
