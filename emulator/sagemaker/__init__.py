"""SageMaker: training jobs, the model registry, endpoints. Real processes; the state lives in memory.

From the environment: EMULATOR_TIME_SCALE (emulator.clock), EMULATOR_PING_TIMEOUT (seconds that a container
has to come up), and what AWS does not document, to be played either way: EMULATOR_UPDATE_TO_CONFIG_IN_USE
(accept, refuse) and EMULATOR_VARIANT_CHANGE_UNDER_GUARDRAILS (refuse, accept).
"""

from __future__ import annotations

from emulator.edge import whole_service
from emulator.sagemaker import (
    disturbances,
    endpoint_configs,
    endpoints,
    invocation_metrics,
    models,
    package_groups,
    packages,
    processing,
    runtime,
    tags,
    training,
    transform,
    tuning,
)

__all__ = [
    "disturbances",
    "endpoint_configs",
    "endpoints",
    "models",
    "package_groups",
    "packages",
    "processing",
    "runtime",
    "start",
    "stop",
    "tags",
    "training",
    "transform",
    "tuning",
]

whole_service("sagemaker", "it processes data, trains, tunes, registers, transforms and serves, no more")
whole_service("sagemaker-runtime", "it invokes real-time endpoints, no more")


def start() -> None:
    """Begin to publish invocation metrics."""
    invocation_metrics.start()


def stop() -> None:
    """End every job and every container."""
    disturbances.lift()
    tuning.stop_all()
    training.stop_all()
    processing.stop_all()
    transform.stop_all()
    endpoints.stop_all()
    invocation_metrics.stop()
