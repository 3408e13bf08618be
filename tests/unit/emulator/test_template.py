"""Templates are read from JSON and YAML, and refused in CloudFormation's own words."""

from __future__ import annotations

import json
from typing import Any

import pytest

import emulator.cloudformation  # registers the types
from emulator.cloudformation import template
from emulator.cloudformation.sources import bucket_and_key
from emulator.errors import AwsError

UNRESOLVED = "Template format error: Unresolved resource dependencies"
HANDLE = "AWS::CloudFormation::WaitConditionHandle"


def body(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def handle(**attributes: Any) -> dict[str, Any]:
    return {"Type": HANDLE, **attributes}


def test_the_engine_is_loaded() -> None:
    assert emulator.cloudformation.api


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            body({f"A{n}": handle() for n in range(501)}),
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            body({"A": handle()}, Outputs={f"O{n}": {"Value": "1"} for n in range(201)}),
            "Outputs count 201 is greater than max allowed 200",
        ),
        (
            body({"A": handle()}, Parameters={f"P{n}": {"Type": "String"} for n in range(201)}),
            "Parameter count 201 is greater than max allowed 200",
        ),
    ],
)
def test_a_template_of_too_many_parts_is_refused(text: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        template.load(text)
    assert (refused.value.code, refused.value.message) == (
        "ValidationError",
        f"Template format error: {message}",
    )


def test_a_template_of_as_many_parts_as_there_may_be_is_taken() -> None:
    many = {f"A{n}": handle() for n in range(500)}
    outputs = {f"O{n}": {"Value": "1"} for n in range(200)}
    parameters = {f"P{n}": {"Type": "String"} for n in range(200)}
    assert template.load(body(many, Outputs=outputs, Parameters=parameters))


def test_yaml_short_forms_mean_the_long_ones() -> None:
    parsed = template.parse(
        """
        Resources:
          A:
            Type: T
            Properties:
              Ref: !Ref Other
              Att: !GetAtt Other.Endpoint.Address
              Sub: !Sub "${Other}-x"
              Join: !Join ["-", [a, !Ref Other]]
              If: !If [IsOn, 1, !Ref AWS::NoValue]
              Version: 2012-10-17
        """
    )
    assert parsed["Resources"]["A"]["Properties"] == {
        "Ref": {"Ref": "Other"},
        "Att": {"Fn::GetAtt": ["Other", "Endpoint.Address"]},
        "Sub": {"Fn::Sub": "${Other}-x"},
        "Join": {"Fn::Join": ["-", ["a", {"Ref": "Other"}]]},
        "If": {"Fn::If": ["IsOn", 1, {"Ref": "AWS::NoValue"}]},
        "Version": "2012-10-17",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Template format error: JSON not well-formed. (line 1, column 2)"),
        ("a: [", "Template format error: YAML not well-formed. (line 1, column 5)"),
        ("just text", "Template format error: unsupported structure."),
        ("{}", "Template format error: At least one Resources member must be defined."),
        (body({"A": handle()}, Stuff={}), "Invalid template property or properties [Stuff]"),
        (body({"A-B": handle()}), "Template format error: Resource name A-B is non alphanumeric."),
        (
            body({"A": {"Properties": {}}}),
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        (body({"A": handle(Propertys={})}), "Invalid template resource property 'Propertys'"),
        (
            body({"A": handle(DeletionPolicy="Keep")}),
            "Template format error: Unrecognized DeletionPolicy Keep for resource A",
        ),
        (
            body({"A": {"Type": "AWS::No::Such"}}),
            "Template format error: Unrecognized resource types: [AWS::No::Such]",
        ),
        (
            body({"A": handle(Properties={"X": {"Ref": "B"}, "Y": {"Fn::Sub": "${C.Arn}"}})}),
            "Template format error: Unresolved resource dependencies [B, C] in the Resources block of the "
            "template",
        ),
        (
            body({"A": handle(DependsOn="B")}),
            f"{UNRESOLVED} [B] in the Resources block of the template",
        ),
        (
            body({"A": handle()}, Outputs={"O": {"Value": {"Fn::GetAtt": ["B", "Arn"]}}}),
            f"{UNRESOLVED} [B] in the Outputs block of the template",
        ),
        (
            body(
                {
                    "A": handle(Properties={"X": {"Ref": "B"}}),
                    "B": handle(DependsOn="A"),
                    "C": handle(DependsOn="A"),
                }
            ),
            "Circular dependency between resources: [A, B]",
        ),
        (
            body({"A": handle(Condition="Off")}),
            "Template format error: Unresolved condition dependency Off in the Conditions block of the "
            "template",
        ),
        (
            body(
                {"A": handle()}, Conditions={"X": {"Condition": "Y"}, "Y": {"Fn::Not": [{"Condition": "X"}]}}
            ),
            "Template format error: Circular dependency between conditions: [X, Y]",
        ),
    ],
)
def test_what_is_wrong_is_said_in_cloudformations_words(text: str, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        template.load(text)
    assert (caught.value.code, caught.value.message) == ("ValidationError", message)


def test_transforms_are_refused_by_name() -> None:
    with pytest.raises(AwsError, match="transforms"):
        template.load(body({"A": handle()}, Transform="AWS::Serverless-2016-10-31"))


def test_a_variable_of_sub_and_a_literal_are_no_references() -> None:
    sub = {"Fn::Sub": ["${Local} ${!Literal} ${AWS::Region}", {"Local": "x"}]}
    assert list(template.load(body({"A": handle(Properties={"X": sub})})).resources) == ["A"]


@pytest.mark.parametrize(
    ("kind", "properties", "capability"),
    [
        ("AWS::IAM::Role", {"RoleName": "r"}, ["CAPABILITY_NAMED_IAM"]),
        ("AWS::IAM::Role", {}, ["CAPABILITY_IAM"]),
        ("AWS::IAM::Policy", {"PolicyName": "p"}, ["CAPABILITY_IAM"]),
        (HANDLE, {}, []),
    ],
)
def test_iam_needs_a_capability(kind: str, properties: dict[str, Any], capability: list[str]) -> None:
    assert template.load(body({"A": {"Type": kind, "Properties": properties}})).capabilities == capability


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566/bucket/a/key.json",
        "https://s3.us-east-1.amazonaws.com/bucket/a/key.json",
        "https://bucket.s3.us-east-1.amazonaws.com/a/key.json",
        "https://bucket.s3.amazonaws.com/a/key.json",
    ],
)
def test_every_form_of_an_s3_url_names_bucket_and_key(url: str) -> None:
    assert bucket_and_key(url) == ("bucket", "a/key.json")


def test_a_url_without_a_key_is_refused() -> None:
    with pytest.raises(AwsError, match="TemplateURL must be a supported URL"):
        bucket_and_key("https://s3.amazonaws.com/bucket")
