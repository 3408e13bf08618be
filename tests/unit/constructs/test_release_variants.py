"""The endpoint configuration, and the variants that it refuses."""

from dataclasses import replace

import pytest
from aws_cdk import CfnCondition, Fn
from aws_cdk import aws_kms as kms

from sagemaker_lifecycle.release_variants import ReleaseVariants, Variant
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import only

CHAMPION = Variant(
    name="champion", model_name="one", instance_type="ml.m5.large", instance_count=1, weight=100
)
CHALLENGER = replace(CHAMPION, name="challenger", model_name="two", weight=10)


def declare(production: list[Variant], shadow: list[Variant] | None = None) -> dict[str, object]:
    stack = empty_stack()
    always = CfnCondition(stack, "Always", expression=Fn.condition_equals("a", "a"))
    ReleaseVariants(
        stack,
        "Variants",
        production=production,
        shadow=shadow or [],
        storage_key=kms.Key(stack, "Key"),
        condition=always,
    )
    return only(template_of(stack)["Resources"], "AWS::SageMaker::EndpointConfig")


@pytest.mark.parametrize(
    ("production", "shadow", "error"),
    [
        ([], [], "production has 0 variants; allowed: 1 to 10"),
        (
            [replace(CHAMPION, name=f"v{number}") for number in range(11)],
            [],
            "production has 11 variants; allowed: 1 to 10",
        ),
        ([replace(CHAMPION, model_name="")], [], "variant 'champion' has no model"),
        ([CHAMPION, CHAMPION], [], "production variant 'champion' is declared 2 times; variant names must"),
        (
            [replace(CHAMPION, instance_count=0)],
            [],
            "variant 'champion' has 0 instances; allowed: at least 1",
        ),
        (
            [CHAMPION],
            [CHALLENGER, replace(CHALLENGER, name="third")],
            "shadow has 2 variants; allowed: at most 1",
        ),
        ([CHAMPION], [replace(CHALLENGER, model_name="")], "variant 'challenger' has no model"),
    ],
)
def test_variants_that_cannot_be_served_are_refused(
    production: list[Variant], shadow: list[Variant], error: str
) -> None:
    with pytest.raises(ValueError, match=f"^test/Variants: {error}"):
        declare(production, shadow)


def test_every_error_is_reported_at_once() -> None:
    broken = replace(CHAMPION, model_name="", instance_count=0)
    with pytest.raises(ValueError, match=r"has no model\n(.|\n)*has 0 instances"):
        declare([broken])


def test_a_variant_carries_model_instances_and_weight() -> None:
    assert declare([CHAMPION])["ProductionVariants"] == [
        {
            "VariantName": "champion",
            "ModelName": "one",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 100,
        }
    ]


def test_no_key_is_given_for_an_instance_with_disks_of_its_own() -> None:
    assert "KmsKeyId" not in declare([replace(CHAMPION, instance_type="ml.m5d.large")])


def test_one_key_cannot_be_for_instances_with_and_without_disks_of_their_own() -> None:
    with pytest.raises(ValueError, match="some instance types have disks of their own, some not"):
        declare([CHAMPION, replace(CHALLENGER, instance_type="ml.m5d.large")])


def test_an_unconditional_shadow_variant_stands_in_its_own_list() -> None:
    [shadow] = declare([CHAMPION], [CHALLENGER])["ShadowProductionVariants"]  # pyright: ignore[reportGeneralTypeIssues]
    assert shadow["VariantName"] == "challenger"


def test_without_a_shadow_there_is_no_empty_list_of_them() -> None:
    assert "ShadowProductionVariants" not in declare([CHAMPION])


def test_the_storage_is_encrypted_and_the_name_left_to_cloudformation() -> None:
    properties = declare([CHAMPION])
    assert properties["KmsKeyId"] == {"Fn::GetAtt": ["Key961B73FD", "Arn"]}
    assert "EndpointConfigName" not in properties
