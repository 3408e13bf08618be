"""The endpoint configuration: which model serves under which variant name, and its share of the traffic."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, CfnCondition, Fn, IResolvable
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_lifecycle.invalid_props import raise_all
from sagemaker_lifecycle.spec.instance_types import has_local_storage

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
VARIANT_LIMIT = 10

_VariantProperty = sagemaker.CfnEndpointConfig.ProductionVariantProperty


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One model behind an endpoint.

    name: the variant's name; guardrails need the same names before and after an update.
    model_name: the SageMaker model that it serves.
    instance_type: for example ml.m5.large.
    instance_count: instances at the start, at least 1.
    weight: its share relative to the other variants; for a shadow variant, percent of requests copied to it.
    condition: the variant is there only while this holds; default: always.
    """

    name: str
    model_name: str
    instance_type: str
    instance_count: int
    weight: float
    condition: CfnCondition | None = None


class ReleaseVariants(Construct):
    """What the endpoint runs, as an endpoint configuration.

    production: 1..10 variants that answer requests.
    shadow: variants that get copies of them; SageMaker allows one, beside exactly one production variant, so
    its condition must exclude those of further production variants.
    storage_key: encrypts the instances' storage volumes, unless all of them bring disks of their own.
    local_storage: holds where they do, where the instance type is a parameter; default: as the types say.
    condition: the configuration exists only while this holds.

    config_name: the generated name (a fixed one would collide when a release replaces the configuration).

    Raises ValueError, naming all that is wrong at once: no production variant or more than 10, a variant
    without a model, two variants of one name on the same side, fewer than one instance, more than one shadow
    variant, instance types with and without disks of their own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        production: Sequence[Variant],
        shadow: Sequence[Variant] = (),
        storage_key: kms.IKey,
        local_storage: CfnCondition | None = None,
        condition: CfnCondition,
    ) -> None:
        super().__init__(scope, construct_id)
        raise_all(self, _errors(production, shadow))
        self._config = sagemaker.CfnEndpointConfig(
            self,
            "Resource",
            kms_key_id=_key_of(storage_key, [*production, *shadow], local_storage),
            production_variants=[_rendered(variant) for variant in production],
            shadow_production_variants=_shadow_list(shadow),
        )
        self._config.cfn_options.condition = condition
        self.config_name = self._config.attr_endpoint_config_name


def _errors(production: Sequence[Variant], shadow: Sequence[Variant]) -> list[str]:
    errors: list[str] = []
    if not 1 <= len(production) <= VARIANT_LIMIT:
        errors.append(f"production has {len(production)} variants; allowed: 1 to {VARIANT_LIMIT}")
    if len(shadow) > 1:
        errors.append(f"shadow has {len(shadow)} variants; allowed: at most 1")
    for side, variants in (("production", production), ("shadow", shadow)):
        for name, count in Counter(variant.name for variant in variants).items():
            if count > 1:
                errors.append(f"{side} variant {name!r} is declared {count} times; variant names must differ")
    for variant in (*production, *shadow):
        if not variant.model_name:
            errors.append(f"variant {variant.name!r} has no model")
        if variant.instance_count < 1:
            errors.append(
                f"variant {variant.name!r} has {variant.instance_count} instances; allowed: at least 1"
            )
    types = {variant.instance_type for variant in (*production, *shadow)}
    if len(types) > 1 and len({has_local_storage(name) for name in types}) > 1:
        errors.append("some instance types have disks of their own, some not: one key cannot be for both")
    return errors


def _key_of(key: kms.IKey, variants: Sequence[Variant], local_storage: CfnCondition | None) -> str | None:
    if local_storage is not None:
        return Fn.condition_if(local_storage.logical_id, Aws.NO_VALUE, key.key_arn).to_string()
    return None if has_local_storage(variants[0].instance_type) else key.key_arn


def _shadow_list(shadow: Sequence[Variant]) -> IResolvable | list[_VariantProperty] | None:
    """The whole list hangs on the condition: an empty list of shadow variants is not the same as none."""
    if not shadow:
        return None
    [variant] = shadow
    if variant.condition is None:
        return [_always(variant)]
    return Fn.condition_if(variant.condition.logical_id, [_properties(variant)], Aws.NO_VALUE)


def _rendered(variant: Variant) -> IResolvable | _VariantProperty:
    if variant.condition is None:
        return _always(variant)
    return Fn.condition_if(variant.condition.logical_id, _properties(variant), Aws.NO_VALUE)


def _always(variant: Variant) -> _VariantProperty:
    return _VariantProperty(
        variant_name=variant.name,
        model_name=variant.model_name,
        instance_type=variant.instance_type,
        initial_instance_count=variant.instance_count,
        initial_variant_weight=variant.weight,
    )


def _properties(variant: Variant) -> dict[str, Any]:
    """In CloudFormation's own spelling: the CDK's typed form cannot stand inside Fn::If."""
    return {
        "VariantName": variant.name,
        "ModelName": variant.model_name,
        "InstanceType": variant.instance_type,
        "InitialInstanceCount": variant.instance_count,
        "InitialVariantWeight": variant.weight,
    }
