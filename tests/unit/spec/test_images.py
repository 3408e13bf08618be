"""The scikit-learn image of every region, against the data that AWS's SDK carries."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Environment, Stack

from sagemaker_lifecycle import images
from sagemaker_lifecycle.image_uri import aws_image

TABLE = Path(images.__file__).with_name("image_accounts.json")


def test_the_table_is_the_sdks_own_for_every_region() -> None:
    assert json.loads(TABLE.read_text()) == images.sdk_table(), (
        "run: python -m sagemaker_lifecycle.images generate"
    )
    assert all(len(images.accounts(image)) == 37 for image in images.IMAGES.values())


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"),
        ("eu-west-1", "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"),
        (
            "cn-north-1",
            "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.9-0-cpu-py3",
        ),
    ],
)
def test_the_address_of_a_region(region: str, expected: str) -> None:
    assert images.image_uri(region) == expected


def test_each_algorithm_of_aws_has_its_own_accounts() -> None:
    xgboost = images.image_uri("us-east-1", images.XGBOOST)
    assert xgboost == "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    linear = images.image_uri("eu-west-1", images.LINEAR_LEARNER)
    assert linear == "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1"


def test_a_region_without_the_image_is_refused() -> None:
    with pytest.raises(
        ValueError, match="region 'mars-north-1' has no scikit-learn image of AWS; allowed: af-south-1"
    ):
        images.image_uri("mars-north-1")


def test_a_stack_with_a_region_gets_a_literal() -> None:
    stack = Stack(App(), "known", env=Environment(region="eu-west-1"))
    assert aws_image(stack) == images.image_uri("eu-west-1")


def test_a_stack_without_a_region_gets_one_mapping_of_all() -> None:
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack = Stack(app, "unknown")
    addresses = [stack.resolve(aws_image(stack)) for _ in range(2)]
    template = app.synth().get_stack_by_name("unknown").template
    assert addresses[0] == addresses[1]
    lookup = {"Fn::FindInMap": ["ScikitLearnImage", {"Ref": "AWS::Region"}, "account"]}
    assert lookup in addresses[0]["Fn::Join"][1]
    assert {"Ref": "AWS::URLSuffix"} in addresses[0]["Fn::Join"][1]
    mapping = template["Mappings"]["ScikitLearnImage"]
    assert {region: row["account"] for region, row in mapping.items()} == images.accounts()
