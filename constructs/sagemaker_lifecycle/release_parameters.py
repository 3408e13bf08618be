"""The parameters that a release consists of, and the conditions that hang on them."""

from typing import cast

from aws_cdk import (
    CfnCondition,
    CfnMapping,
    CfnParameter,
    Fn,
    ICfnConditionExpression,
    ICfnRuleConditionExpression,
    Token,
)
from constructs import Construct

from sagemaker_lifecycle.literal_ids import condition, parameter

# A version in a model package group; "" means none. The registry's own form of the ARN.
PACKAGE_PATTERN = r"^$|^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+/[0-9]+$"

ALL_TRAFFIC = 100


class ReleaseParameters(Construct):
    """What an endpoint stack is told at each release: who serves, who is on trial with how much traffic, and
    whether SageMaker's guardrails watch over the change.

    Takes no props: names, defaults and bounds are the contract of the rotate function and of the CLI.

    champion_package, challenger_package: ARN of a model package version, or "" for none.
    has_champion, has_challenger: whether each is there; a challenger counts only beside a champion.
    serves_canary: the challenger answers part of the requests.
    serves_shadow: the challenger gets copies of the requests and its answers go to nobody.
    champion_weight, challenger_weight: variant weights that add up to 100 under canary traffic.
    shadow_weight: the share of requests, in percent, that a shadow challenger gets copies of.
    guarded: whether the endpoint's update shifts traffic as the model's rollout says and is taken back when
    an alarm rings. A roll-back is not: it must not wait, nor be taken back by the alarm that called for it.
    Nor is the beginning or the end of a trial: guardrails ask for the same variant names before and after.
    released_by, release_reason: what the ledger of releases is told.

    CloudFormation cannot subtract, so the champion's weight is looked up in a mapping with the complement of
    every whole percentage; a second parameter for it could contradict the first. A fraction has no entry
    there: CloudFormation refuses it before it changes anything.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self._champion = self._package("ChampionPackage", "Model package that serves; empty: no endpoint.")
        self._challenger = self._package("ChallengerPackage", "Model package on trial; empty: none.")
        traffic = parameter(
            self,
            "ChallengerTraffic",
            type="Number",
            default=0,
            min_value=0,
            max_value=ALL_TRAFFIC,
            description="Percentage of requests that the challenger gets, a whole number from 0 to 100.",
        )
        mode = parameter(
            self,
            "ChallengerMode",
            default="canary",
            allowed_values=["canary", "shadow"],
            description="canary: the challenger answers its share; shadow: it only gets copies of requests.",
        )
        guardrails = parameter(
            self,
            "Guardrails",
            default="on",
            allowed_values=["on", "off"],
            description="on: the update is rolled out and watched; off: all traffic shifts at once.",
        )
        self.released_by = self._text("ReleasedBy", "Who or what asked for the release.")
        self.release_reason = self._text("ReleaseReason", "Why it was asked for.")
        self.guarded = condition(self, "IsGuarded", Fn.condition_equals(guardrails.value_as_string, "on"))
        self.champion_package = self._champion.value_as_string
        self.challenger_package = self._challenger.value_as_string
        self.has_champion = condition(self, "HasChampion", _given(self.champion_package))
        self.has_challenger = condition(
            self,
            "HasChallenger",
            Fn.condition_and(_given(self.champion_package), _given(self.challenger_package)),
        )
        self.serves_canary = self._challenger_serves_as("ServesCanary", mode, "canary")
        self.serves_shadow = self._challenger_serves_as("ServesShadow", mode, "shadow")
        complement = CfnMapping(
            self,
            "ChampionWeight",
            mapping={str(share): {"Weight": ALL_TRAFFIC - share} for share in range(ALL_TRAFFIC + 1)},
            # Unset, it makes every synth carry a notice whose stack trace names temporary folders.
            lazy=False,
        )
        complement.override_logical_id("ChampionWeight")
        self.champion_weight = Token.as_number(
            Fn.condition_if(
                self.serves_canary.logical_id,
                Fn.find_in_map("ChampionWeight", traffic.value_as_string, "Weight"),
                ALL_TRAFFIC,
            )
        )
        self.challenger_weight = traffic.value_as_number
        # A shadow variant's weight is relative to that of its production variant, here always 100.
        self.shadow_weight = traffic.value_as_number

    def if_challenger(self, then: str, otherwise: str) -> str:
        """`then` while a challenger is there, else `otherwise`."""
        return Fn.condition_if(self.has_challenger.logical_id, then, otherwise).to_string()

    def _package(self, name: str, description: str) -> CfnParameter:
        return parameter(
            self,
            name,
            default="",
            description=description,
            allowed_pattern=PACKAGE_PATTERN,
            constraint_description="must be empty or the ARN of a model package version",
        )

    def _text(self, name: str, description: str) -> str:
        """For the ledger of releases; it changes nothing that serves."""
        return parameter(self, name, default="", max_length=200, description=description).value_as_string

    def _challenger_serves_as(self, name: str, mode: CfnParameter, value: str) -> CfnCondition:
        has_challenger = cast("ICfnConditionExpression", self.has_challenger)
        return condition(
            self, name, Fn.condition_and(has_challenger, Fn.condition_equals(mode.value_as_string, value))
        )


def _given(package: str) -> ICfnRuleConditionExpression:
    return Fn.condition_not(Fn.condition_equals(package, ""))
