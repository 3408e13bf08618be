"""One model's endpoint, released by the values of its parameters."""

import hashlib
from dataclasses import replace

from aws_cdk import CfnCondition, CfnOutput, DefaultStackSynthesizer, Stack
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.champion_scaling import ChampionScaling
from sagemaker_lifecycle.endpoint_metrics import VariantMetrics
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.instance_type_parameters import InstanceTypeParameters
from sagemaker_lifecycle.packaged_model import PackagedModel
from sagemaker_lifecycle.release_check import ReleaseCheck
from sagemaker_lifecycle.release_endpoint import ReleaseEndpoint
from sagemaker_lifecycle.release_parameters import ReleaseParameters
from sagemaker_lifecycle.release_variants import ReleaseVariants, Variant
from sagemaker_lifecycle.rollback_alarms import RollbackAlarms
from sagemaker_lifecycle.spec import ModelSpec
from stacks.foundation import FoundationStack
from stacks.inference import InferenceStack

_DIGEST_LENGTH = 12


class EndpointStack(Stack):
    """Stack `lifecycle-<env>-endpoint-<model>`: nothing runs until a package is released into it.

    It holds no IAM resource and no function, so that a release needs no capability and the release role can
    stay narrow; and no bootstrap parameter, so that its parameters are the release and nothing else.

    Attributes: endpoint_name, alarm_names (of both variants), all literal.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: Environment,
        model: ModelSpec,
        foundation: FoundationStack,
        inference: InferenceStack,
    ) -> None:
        super().__init__(
            scope,
            names.endpoint_stack_name(environment.name, model.name),
            description=f"Endpoint of the model {model.name}",
            termination_protection=environment.termination_protection,
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        self.endpoint_name = names.endpoint_name(environment.name, model.name)
        release = ReleaseParameters(self, "Release")
        changing = self._changing_instance_type(release, model)
        champion_alarms = self._alarms(names.CHAMPION, model)
        challenger_alarms = self._alarms(names.CHALLENGER, model)
        self.alarm_names = [*champion_alarms.names, *challenger_alarms.names]
        config_name = self._variants(release, changing, model, foundation).config_name
        endpoint = self._endpoint(release, model, config_name, champion_alarms, challenger_alarms)
        if changing is not None:
            self._scaling(changing.is_scaled, model, endpoint)
        self._check(release, model, config_name, endpoint, inference)
        self._outputs(release, champion_alarms, challenger_alarms)
        self._settings(model)

    def _changing_instance_type(
        self, release: ReleaseParameters, model: ModelSpec
    ) -> InstanceTypeParameters | None:
        """None where nothing scales: there, a deploy changes the type as it changes anything else."""
        if not model.serving.autoscaled:
            return None
        return InstanceTypeParameters(
            self, "Instances", wanted=model.serving.instance_type, has_champion=release.has_champion
        )

    def _alarms(self, variant: str, model: ModelSpec) -> RollbackAlarms:
        return RollbackAlarms(
            self,
            f"{variant.title()}Alarms",
            metrics=VariantMetrics(endpoint_name=self.endpoint_name, variant_name=variant),
            kinds=model.rollout.alarms,
            thresholds=model.monitoring,
        )

    def _variants(
        self,
        release: ReleaseParameters,
        changing: InstanceTypeParameters | None,
        model: ModelSpec,
        foundation: FoundationStack,
    ) -> ReleaseVariants:
        champion = PackagedModel(
            self,
            "ChampionModel",
            package=release.champion_package,
            execution_role=foundation.inference_role,
            condition=release.has_champion,
        )
        challenger = PackagedModel(
            self,
            "ChallengerModel",
            package=release.challenger_package,
            execution_role=foundation.inference_role,
            condition=release.has_challenger,
        )
        of_champion = Variant(
            name=names.CHAMPION,
            model_name=champion.model_name,
            instance_type=changing.instance_type if changing else model.serving.instance_type,
            instance_count=model.serving.min_instances,
            weight=release.champion_weight,
        )
        # Not scaled, because it could not be removed while it is a scalable target.
        of_challenger = replace(
            of_champion,
            name=names.CHALLENGER,
            model_name=challenger.model_name,
            weight=release.challenger_weight,
            condition=release.serves_canary,
        )
        return ReleaseVariants(
            self,
            "EndpointConfig",
            production=[of_champion, of_challenger],
            shadow=[replace(of_challenger, condition=release.serves_shadow)],
            storage_key=foundation.key,
            local_storage=changing.has_local_storage if changing else None,
            condition=release.has_champion,
        )

    def _endpoint(
        self,
        release: ReleaseParameters,
        model: ModelSpec,
        config_name: str,
        champion_alarms: RollbackAlarms,
        challenger_alarms: RollbackAlarms,
    ) -> ReleaseEndpoint:
        return ReleaseEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.endpoint_name,
            config_name=config_name,
            condition=release.has_champion,
            guarded=release.guarded,
            alarms=champion_alarms.alarms,
            trial_alarms=challenger_alarms.alarms,
            on_trial=release.has_challenger,
            rollout=model.rollout,
        )

    def _scaling(self, condition: CfnCondition, model: ModelSpec, endpoint: ReleaseEndpoint) -> None:
        ChampionScaling(
            self,
            "Scaling",
            endpoint_name=self.endpoint_name,
            variant_name=names.CHAMPION,
            endpoint=endpoint,
            condition=condition,
            min_instances=model.serving.min_instances,
            max_instances=model.serving.max_instances,
            target_invocations_per_instance=model.serving.target_invocations_per_instance,
        )

    def _check(
        self,
        release: ReleaseParameters,
        model: ModelSpec,
        config_name: str,
        endpoint: ReleaseEndpoint,
        inference: InferenceStack,
    ) -> None:
        ReleaseCheck(
            self,
            "ReleaseCheck",
            function=inference.release_check,
            endpoint=endpoint,
            endpoint_name=self.endpoint_name,
            config_name=config_name,
            champion_package=release.champion_package,
            challenger_package=release.challenger_package,
            model=model.name,
            released_by=release.released_by,
            release_reason=release.release_reason,
            condition=release.has_champion,
        )

    def _outputs(
        self, release: ReleaseParameters, champion_alarms: RollbackAlarms, challenger_alarms: RollbackAlarms
    ) -> None:
        CfnOutput(self, "EndpointName", value=self.endpoint_name)
        CfnOutput(
            self,
            "RollbackAlarms",
            value=release.if_challenger(
                ",".join([*champion_alarms.names, *challenger_alarms.names]), ",".join(champion_alarms.names)
            ),
        )
        CfnOutput(self, "ChampionPackage", value=release.champion_package, condition=release.has_champion)

    def _settings(self, model: ModelSpec) -> None:
        """Tells a template with other settings apart while there is no endpoint.

        CloudFormation refuses an update that changes only resources whose condition does not hold, and keeps
        the old template for the release that comes then
        (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/552).
        """
        settings = model.model_dump_json(include={"serving", "rollout"})
        digest = hashlib.sha256(settings.encode()).hexdigest()[:_DIGEST_LENGTH]
        CfnOutput(self, "Settings", value=digest, description="Digest of serving and rollout in model.yaml")
