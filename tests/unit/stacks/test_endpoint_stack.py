"""The endpoint stack under every combination of its parameters."""

import re
from itertools import product
from typing import Any

import pytest

from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.stacks.whole_app import imports, model, templates
from tests.unit.template_values import live_outputs, live_resources, of_type, only

ONE, TWO = (
    f"arn:aws:sagemaker:us-east-1:123456789012:model-package/lifecycle-dev-houses/{version}"
    for version in (1, 2)
)
CONFIG = "AWS::SageMaker::EndpointConfig"
LARGER = "ml.m5.xlarge"


def template(of: ModelSpec | None = None) -> dict[str, Any]:
    chosen = of or model()
    return templates(chosen)[f"endpoint-{chosen.name}"]


def live(**parameters: Any) -> dict[str, Any]:
    return live_resources(template(), **parameters)


def types(resources: dict[str, Any]) -> list[str]:
    return sorted(it["Type"].removeprefix("AWS::") for it in resources.values())


ALARMS_ONLY = ["CloudWatch::Alarm"] * 4
CHAMPION_ONLY = sorted(
    [
        *ALARMS_ONLY,
        "ApplicationAutoScaling::ScalableTarget",
        "ApplicationAutoScaling::ScalingPolicy",
        "Custom::ReleaseCheck",
        "SageMaker::Endpoint",
        "SageMaker::EndpointConfig",
        "SageMaker::Model",
    ]
)
WITH_CHALLENGER = sorted([*CHAMPION_ONLY, "SageMaker::Model"])


def test_nothing_runs_before_the_first_release() -> None:
    assert types(live()) == ALARMS_ONLY


@pytest.mark.parametrize(
    ("champion", "challenger", "mode", "traffic"),
    list(product(("", ONE), ("", TWO), ("canary", "shadow"), (0, 30, 100))),
)
def test_what_lives_follows_from_the_parameters(
    champion: str, challenger: str, mode: str, traffic: int
) -> None:
    resources = live(
        ChampionPackage=champion, ChallengerPackage=challenger, ChallengerMode=mode, ChallengerTraffic=traffic
    )
    if not champion:
        assert types(resources) == ALARMS_ONLY
        return
    assert types(resources) == (WITH_CHALLENGER if challenger else CHAMPION_ONLY)
    config = only(resources, CONFIG)
    serving = [(it["VariantName"], int(it["InitialVariantWeight"])) for it in config["ProductionVariants"]]
    shadows = [
        (it["VariantName"], int(it["InitialVariantWeight"]))
        for it in config.get("ShadowProductionVariants", [])
    ]
    if challenger and mode == "canary":
        assert serving == [("champion", 100 - traffic), ("challenger", traffic)]
        assert shadows == []
    else:
        assert serving == [("champion", 100)]
        assert shadows == ([("challenger", traffic)] if challenger else [])


def test_an_absent_shadow_leaves_no_empty_list() -> None:
    config = only(live(ChampionPackage=ONE, ChallengerPackage=TWO), CONFIG)
    assert "ShadowProductionVariants" not in config


def test_each_model_is_its_own_package_without_a_network() -> None:
    models = of_type(live(ChampionPackage=ONE, ChallengerPackage=TWO), "AWS::SageMaker::Model")
    assert [it["PrimaryContainer"] for it in models] == [{"ModelPackageName": ONE}, {"ModelPackageName": TWO}]
    assert all(it["EnableNetworkIsolation"] for it in models)


def test_what_a_release_replaces_has_no_fixed_name() -> None:
    resources = live(ChampionPackage=ONE, ChallengerPackage=TWO)
    assert "EndpointConfigName" not in only(resources, CONFIG)
    assert not any("ModelName" in it for it in of_type(resources, "AWS::SageMaker::Model"))


def test_the_challengers_alarms_guard_only_while_it_is_on_trial() -> None:
    def guards(**parameters: Any) -> int:
        deployment = only(live(**parameters), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
        return len(deployment["AutoRollbackConfiguration"]["Alarms"])

    assert guards(ChampionPackage=ONE) == 2
    assert guards(ChampionPackage=ONE, ChallengerPackage=TWO) == 4


def test_the_rollback_alarms_are_named_in_the_outputs() -> None:
    assert live_outputs(template(), ChampionPackage=ONE)["RollbackAlarms"].split(",") == [
        "dev-houses-champion-errors",
        "dev-houses-champion-latency",
    ]


def test_the_outputs_of_a_parked_stack_name_the_endpoint_and_no_package() -> None:
    outputs = live_outputs(template())
    assert outputs["EndpointName"] == "dev-houses"
    assert "ChampionPackage" not in outputs
    assert live_outputs(template(), ChampionPackage=ONE)["ChampionPackage"] == ONE


@pytest.mark.parametrize(
    "changed",
    [
        {"serving": {"type": "realtime", "instance_type": "ml.m5.xlarge"}},
        {"serving": {"type": "realtime", "max_instances": 3}},
        {"serving": {"type": "realtime", "target_invocations_per_instance": 7}},
        {"rollout": {"strategy": "canary", "canary_percent": 20}},
        {"rollout": {"termination_wait_seconds": 7}},
    ],
)
def test_other_settings_are_an_update_while_there_is_no_endpoint(changed: dict[str, Any]) -> None:
    """CloudFormation refuses one that changes only what is not there, and keeps the old template."""
    before, after = template(), template(model(**changed))
    assert before != after
    assert live_resources(before) == live_resources(after)
    assert live_outputs(before) != live_outputs(after)


def test_another_instance_type_is_told_in_a_deploy_and_changes_nothing_in_it() -> None:
    """The parameter keeps its value; what it begins with in a new stack is what model.yaml says."""
    before, after = template(), template(of_larger())
    kept = before["Parameters"]["InstanceType"]["Default"]
    assert live_resources(before, ChampionPackage=ONE) == live_resources(
        after, ChampionPackage=ONE, InstanceType=kept
    )
    assert live_outputs(after, InstanceType=kept)["WantedInstanceType"] == LARGER
    assert served_type(live_resources(after, ChampionPackage=ONE)) == LARGER


def test_a_paused_autoscaling_leaves_the_endpoint_as_it_is() -> None:
    scaled, paused = live(ChampionPackage=ONE), live(ChampionPackage=ONE, Autoscaling="paused")
    gone = {name: it["Type"].rpartition("::")[2] for name, it in scaled.items() if name not in paused}
    assert sorted(gone.values()) == ["ScalableTarget", "ScalingPolicy"]
    assert paused == {name: it for name, it in scaled.items() if name not in gone}


def test_a_challenger_is_of_the_champions_type() -> None:
    config = only(live(ChampionPackage=ONE, ChallengerPackage=TWO, InstanceType=LARGER), CONFIG)
    assert [it["InstanceType"] for it in config["ProductionVariants"]] == [LARGER, LARGER]


@pytest.mark.parametrize(
    ("instance_type", "encrypted"),
    [("ml.m5.large", True), ("ml.m5d.large", False), ("ml.p5.48xlarge", False)],
)
def test_the_key_is_given_where_the_type_that_serves_has_no_disks_of_its_own(
    instance_type: str, encrypted: bool
) -> None:
    config = only(live(ChampionPackage=ONE, InstanceType=instance_type), CONFIG)
    assert ("KmsKeyId" in config) == encrypted


def test_a_refused_type_is_told() -> None:
    assert "RefusedInstanceType" not in live_outputs(template())
    assert live_outputs(template(), RefusedInstanceType=LARGER)["RefusedInstanceType"] == LARGER


def test_where_nothing_scales_a_deploy_changes_the_type() -> None:
    fixed = {"type": "realtime", "min_instances": 1, "max_instances": 1}
    declared = template(model(serving={**fixed, "instance_type": LARGER}))
    assert "InstanceType" not in declared["Parameters"]
    assert "WantedInstanceType" not in declared["Outputs"]
    assert served_type(live_resources(declared, ChampionPackage=ONE)) == LARGER


def of_larger() -> ModelSpec:
    """The model on a larger instance type."""
    return model(serving={"type": "realtime", "instance_type": LARGER})


def served_type(resources: dict[str, Any]) -> str:
    """The champion's instance type."""
    return only(resources, CONFIG)["ProductionVariants"][0]["InstanceType"]


def test_what_concerns_no_endpoint_is_no_update() -> None:
    assert template() == template(model(gate={"metric": "rmse", "threshold": 1.0}))


def test_the_release_check_comes_after_the_endpoint_and_knows_what_is_intended() -> None:
    resources = live(ChampionPackage=ONE)
    [check] = [it for it in resources.values() if it["Type"] == "Custom::ReleaseCheck"]
    [endpoint_id] = [key for key, it in resources.items() if it["Type"] == "AWS::SageMaker::Endpoint"]
    [config_id] = [key for key, it in resources.items() if it["Type"] == CONFIG]
    assert check["DependsOn"] == [endpoint_id]
    properties = check["Properties"]
    assert properties["EndpointConfigName"] == {"Fn::GetAtt": [config_id, "EndpointConfigName"]}
    assert (properties["ChampionPackage"], properties["ChallengerPackage"]) == (ONE, "")
    assert (properties["EndpointName"], properties["Model"]) == ("dev-houses", "houses")


def test_the_champion_alone_is_scaled_after_the_endpoint() -> None:
    resources = live(ChampionPackage=ONE, ChallengerPackage=TWO)
    [target] = [it for it in resources.values() if it["Type"].endswith("::ScalableTarget")]
    assert target["DependsOn"][0].startswith("Endpoint")
    assert target["Properties"]["ResourceId"] == "endpoint/dev-houses/variant/champion"
    policy = only(resources, "AWS::ApplicationAutoScaling::ScalingPolicy")
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }


def of_another_model() -> dict[str, Any]:
    """What lives of a model with two instances and a canary of its own."""
    other = model(
        serving={"type": "realtime", "min_instances": 2, "max_instances": 2},
        rollout={"strategy": "canary", "canary_percent": 20, "bake_seconds": 600},
    )
    return live_resources(template(other), ChampionPackage=ONE)


def test_a_fixed_number_of_instances_is_not_scaled() -> None:
    resources = of_another_model()
    assert not of_type(resources, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert only(resources, CONFIG)["ProductionVariants"][0]["InitialInstanceCount"] == 2


def test_the_rollout_of_the_model_becomes_the_deployment_policy() -> None:
    endpoint = only(of_another_model(), "AWS::SageMaker::Endpoint")
    routing = endpoint["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["CanarySize"]["Value"]) == ("CANARY", 20)
    assert routing["WaitIntervalInSeconds"] == 600


def test_the_stack_holds_no_role_no_function_and_no_parameter_of_the_bootstrap() -> None:
    assert not [it for it in template()["Resources"].values() if re.match("AWS::(IAM|Lambda)::", it["Type"])]
    assert set(template()["Parameters"]) == {
        "ChampionPackage",
        "ChallengerPackage",
        "ChallengerTraffic",
        "ChallengerMode",
        "Guardrails",
        "ReleasedBy",
        "ReleaseReason",
        "InstanceType",
        "Autoscaling",
        "RefusedInstanceType",
    }
    assert "Rules" not in template()


def test_the_stack_exports_nothing_and_imports_nothing_of_another_model() -> None:
    assert not [it for it in template()["Outputs"].values() if "Export" in it]
    assert len(imports(template())) == 3


@pytest.mark.parametrize("value", ["", ONE, ONE.replace("arn:aws:", "arn:aws-cn:")])
def test_a_package_parameter_takes_a_version_or_nothing(value: str) -> None:
    assert re.fullmatch(template()["Parameters"]["ChampionPackage"]["AllowedPattern"], value)


@pytest.mark.parametrize("value", [" ", "-", "houses", ONE.removesuffix("/1"), ONE.replace("package/", "x/")])
def test_a_package_parameter_takes_nothing_else(value: str) -> None:
    assert not re.fullmatch(template()["Parameters"]["ChampionPackage"]["AllowedPattern"], value)


def test_a_mapping_has_the_complement_of_every_whole_percentage() -> None:
    [mapping] = template()["Mappings"].values()
    assert {int(share): row["Weight"] for share, row in mapping.items()} == {
        share: 100 - share for share in range(101)
    }
