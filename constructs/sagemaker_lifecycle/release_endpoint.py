"""The endpoint itself: one name for ever, whose configuration changes with every release."""

from collections.abc import Sequence

from aws_cdk import CfnCondition, Fn, IResolvable
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_lifecycle.deployment_policy import UpdatePolicy, policy_errors
from sagemaker_lifecycle.invalid_props import raise_all


class ReleaseEndpoint(Construct):
    """A real-time endpoint that is updated under SageMaker's guardrails.

    Props:
        endpoint_name: fixed, at most 63 characters; clients, alarms and dashboards know it.
        config_name: endpoint configuration to serve.
        condition: the endpoint exists only while this holds.
        alarms: 1..10 alarms that roll an update back; they must exist before the endpoint is updated, so it
            depends on them.
        trial_alarms: further ones, watched only while `on_trial` holds.
        on_trial: whether a challenger is there.
        policies: exactly one; a sequence so that a second one is refused instead of silently dropped.
        variant_count: how many variants the configuration can have at once.

    An update keeps the instance count that autoscaling has reached and takes the weights of the new
    configuration. SageMaker refuses to change a variant's instance type, or to remove a variant, while
    it is a scalable target; only the champion is one, and it changes its instance type by park, deploy, wake.

    Attributes: resource.

    Raises ValueError, naming all that is wrong at once: none or two update policies, sizes and waits out of
    bounds, a rolling update of several variants, no alarms or more than 10.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        config_name: str,
        condition: CfnCondition,
        alarms: Sequence[cloudwatch.Alarm],
        trial_alarms: Sequence[cloudwatch.Alarm] = (),
        on_trial: CfnCondition | None = None,
        policies: Sequence[UpdatePolicy],
        variant_count: int,
    ) -> None:
        super().__init__(scope, construct_id)
        every_alarm = [*alarms, *trial_alarms]
        raise_all(self, policy_errors(policies, variant_count=variant_count, alarm_count=len(every_alarm)))
        [policy] = policies
        endpoint = sagemaker.CfnEndpoint
        self.resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=endpoint_name,
            endpoint_config_name=config_name,
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                endpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ],
            deployment_config=endpoint.DeploymentConfigProperty(
                **policy.properties(),
                auto_rollback_configuration=endpoint.AutoRollbackConfigProperty(
                    alarms=_alarm_list(alarms, trial_alarms, on_trial)
                ),
            ),
        )
        self.resource.cfn_options.condition = condition
        # The alarms are named literally, which CloudFormation does not take for a dependency.
        for alarm in every_alarm:
            self.resource.node.add_dependency(alarm)


def _alarm_list(
    alarms: Sequence[cloudwatch.Alarm],
    trial_alarms: Sequence[cloudwatch.Alarm],
    on_trial: CfnCondition | None,
) -> IResolvable | list[sagemaker.CfnEndpoint.AlarmProperty]:
    always = [alarm.alarm_name for alarm in alarms]
    with_trial = [*always, *(alarm.alarm_name for alarm in trial_alarms)]
    if on_trial is None:
        return [sagemaker.CfnEndpoint.AlarmProperty(alarm_name=name) for name in with_trial]
    # In CloudFormation's own spelling: the CDK's typed form cannot stand inside Fn::If.
    return Fn.condition_if(on_trial.logical_id, _spelled(with_trial), _spelled(always))


def _spelled(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"AlarmName": name} for name in names]
