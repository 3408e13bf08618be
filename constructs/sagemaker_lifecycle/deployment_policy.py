"""How SageMaker's deployment guardrails move an endpoint from one release to the next."""

from typing import Any

from sagemaker_lifecycle.spec.sections import Rollout


def update_policy(rollout: Rollout) -> dict[str, Any]:
    """The update policy of a DeploymentConfig for a model's `rollout`, whose bounds the spec has checked.

    Blue/green: a new fleet beside the old one; traffic shifts to it, and back when an alarm fires. In
    CloudFormation's spelling, because the CDK's typed form cannot stand inside Fn::If. Source:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html
    """
    sizes = {"CanarySize": rollout.canary_percent, "LinearStepSize": rollout.linear_step_percent}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": rollout.strategy.upper().replace("-", "_"),
                "WaitIntervalInSeconds": rollout.bake_seconds,
                **{
                    name: {"Type": "CAPACITY_PERCENT", "Value": percent}
                    for name, percent in sizes.items()
                    if percent is not None
                },
            },
            "TerminationWaitInSeconds": rollout.termination_wait_seconds,
            "MaximumExecutionTimeoutInSeconds": rollout.max_execution_seconds,
        }
    }
