"""The endpoint itself: one name for ever, whose configuration changes with every release."""

from collections.abc import Sequence

from aws_cdk import Aws, CfnCondition, Fn, IResolvable
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_lifecycle.deployment_policy import update_policy
from sagemaker_lifecycle.invalid_props import raise_all
from sagemaker_lifecycle.spec.sections import Rollout

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html
ALARM_LIMIT = 10


class ReleaseEndpoint(Construct):
    """A real-time endpoint that is updated under SageMaker's guardrails.

    Props:
        endpoint_name: fixed, at most 63 characters; clients, alarms and dashboards know it.
        config_name: endpoint configuration to serve.
        condition: the endpoint exists only while this holds.
        guarded: while this does not hold, an update shifts all traffic at once and watches no alarm.
        alarms: 1..10 alarms that roll an update back; they must exist before the endpoint is updated, so it
            depends on them.
        trial_alarms: further ones, watched only while `on_trial` holds.
        on_trial: whether a challenger is there.
        rollout: how the traffic shifts.

    An update keeps the instance count that autoscaling has reached and takes the weights of the new
    configuration. SageMaker refuses to change a variant's instance type, or to remove a variant, while
    it is a scalable target; only the champion is one, whose autoscaling is paused while its type changes.

    Attributes: resource.

    Raises ValueError for no alarms or more than 10.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        config_name: str,
        condition: CfnCondition,
        guarded: CfnCondition,
        alarms: Sequence[cloudwatch.Alarm],
        trial_alarms: Sequence[cloudwatch.Alarm] = (),
        on_trial: CfnCondition | None = None,
        rollout: Rollout,
    ) -> None:
        super().__init__(scope, construct_id)
        every_alarm = [*alarms, *trial_alarms]
        if not 1 <= len(every_alarm) <= ALARM_LIMIT:
            raise_all(self, [f"{len(every_alarm)} rollback alarms; allowed: 1 to {ALARM_LIMIT}"])
        self.resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=endpoint_name,
            endpoint_config_name=config_name,
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ],
            deployment_config=Fn.condition_if(
                guarded.logical_id,
                {
                    **update_policy(rollout),
                    "AutoRollbackConfiguration": {"Alarms": _alarm_list(alarms, trial_alarms, on_trial)},
                },
                Aws.NO_VALUE,
            ),
        )
        self.resource.cfn_options.condition = condition
        # Said, because references inside a branch that is not taken need not count.
        for alarm in every_alarm:
            self.resource.node.add_dependency(alarm)


def _alarm_list(
    alarms: Sequence[cloudwatch.Alarm],
    trial_alarms: Sequence[cloudwatch.Alarm],
    on_trial: CfnCondition | None,
) -> IResolvable | list[dict[str, str]]:
    always = [alarm.alarm_name for alarm in alarms]
    with_trial = [*always, *(alarm.alarm_name for alarm in trial_alarms)]
    if on_trial is None:
        return _spelled(with_trial)
    return Fn.condition_if(on_trial.logical_id, _spelled(with_trial), _spelled(always))


def _spelled(names: Sequence[str]) -> list[dict[str, str]]:
    """In CloudFormation's own spelling: the CDK's typed form cannot stand inside Fn::If."""
    return [{"AlarmName": name} for name in names]
