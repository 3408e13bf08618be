"""Whose bucket a model is trained from, and what the training role may read of it."""

import re
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_lifecycle.training_data import TrainingData
from tests.unit.constructs.test_training_request import ROLE_ARN, model
from tests.unit.synthesis import empty_stack, statement_of, template_of, written


def data(stack: Stack, **source: Any) -> TrainingData:
    return TrainingData(
        stack,
        "Data",
        model=model(source=source),
        own_bucket=s3.Bucket(Stack(stack.node.scope, "Foundation"), "Own"),
        reader=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
    )


def test_local_data_lies_in_the_projects_own_bucket_and_needs_no_further_permission() -> None:
    stack = empty_stack()
    made = data(stack, type="local")
    assert made.prefix == "models/houses/data/"
    assert made.bucket.stack.stack_name == "Foundation"
    assert re.fullmatch(
        r"arn:<AWS::Partition>:s3:::<Foundation:ExportsOutputRefOwn\w+>/models/houses/data/\*",
        written(stack.resolve(made.objects)),
    )
    assert written(stack.resolve(made.all_objects)).endswith(">/models/*/data/*")
    assert template_of(stack).get("Resources", {}) == {}


def test_a_bucket_of_the_users_may_be_read_below_the_prefix_only() -> None:
    stack = empty_stack()
    made = data(stack, type="s3", bucket="their-bucket", prefix="exports/")
    assert (made.bucket.bucket_name, made.prefix) == ("their-bucket", "exports/")
    assert made.all_objects == made.objects

    template = template_of(stack)

    [objects] = statement_of(template, "s3:GetObject")["Resource"]
    [bucket] = statement_of(template, "s3:ListBucket")["Resource"]
    assert written(objects) == "arn:<AWS::Partition>:s3:::their-bucket/exports/*"
    assert written(bucket) == "arn:<AWS::Partition>:s3:::their-bucket"
