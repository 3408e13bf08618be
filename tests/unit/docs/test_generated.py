"""The pictures and tables in docs/ are what `make diagram` would write now."""

import copy
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from docs import diagram, resource_types, templates

DOCS = Path(__file__).resolve().parents[3] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def found() -> dict[str, Any]:
    return {name: dict(template) for name, template in templates.load().items()}


@pytest.mark.parametrize("name", ["line.svg", "stacks.svg"])
def test_the_picture_is_current(name: str, found: dict[str, Any]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == diagram.pictures(found)[name], "run `make diagram`"


def test_the_emulators_table_is_current() -> None:
    assert resource_types.FILE.read_text(encoding="utf-8") == resource_types.table(), "run `make diagram`"


@pytest.mark.parametrize("name", ["line.svg", "stacks.svg"])
def test_a_picture_is_well_formed_and_holds_its_texts(name: str) -> None:
    root = ElementTree.parse(DOCS / name).getroot()
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.tag == f"{SVG}svg"
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) < width
        assert 0 <= float(text.attrib["y"]) < height
        assert text.text


def test_a_box_without_its_resource_is_not_drawn(found: dict[str, Any]) -> None:
    found["inference"]["Resources"] = {
        name: resource
        for name, resource in found["inference"]["Resources"].items()
        if not name.startswith("RotateFunction")
    }
    with pytest.raises(ValueError, match="for the box 'Rotate function'"):
        diagram.pictures(found)


def test_an_arrow_that_no_template_proves_is_not_drawn(found: dict[str, Any]) -> None:
    found["inference"] = json.loads(
        json.dumps(found["inference"]).replace("cloudformation:UpdateStack", "cloudformation:DeleteStack")
    )
    with pytest.raises(ValueError, match="'cloudformation:UpdateStack' does not stand in"):
        diagram.pictures(found)


def test_a_new_reference_between_stacks_changes_the_picture(found: dict[str, Any]) -> None:
    before = diagram.pictures(found)["stacks.svg"]
    changed = copy.deepcopy(found)
    taken = next(
        output["Export"]["Name"]
        for output in found["foundation"]["Outputs"].values()
        if "ArtifactBucket" in json.dumps(output.get("Export", ""))
    )
    changed["inference"]["Outputs"]["New"] = {"Value": {"Fn::ImportValue": taken}}
    assert "DataBucket, InferenceRole, Key" in before
    after = diagram.pictures(changed)["stacks.svg"]
    assert "DataBucket, InferenceRole, Key" not in after
    assert before.count("ArtifactBucket") + 1 == after.count("ArtifactBucket")


def test_a_name_within_a_longer_name_is_no_reference() -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "dev-a"}}
    found = {
        "one": {"Resources": {"A": alarm}},
        "two": {"Resources": {"B": {"Type": "X", "Properties": {"Name": "dev-a-b"}}}},
        "three": {"Resources": {"C": {"Type": "X", "Properties": {"Name": "alarm:dev-a"}}}},
    }
    assert templates.named(found) == {("three", "one"): ["CloudWatch Alarm"]}


def test_a_stack_that_the_picture_has_no_place_for_is_told(found: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no place for the stacks: batch"):
        diagram.pictures({**found, "batch": found["training"]})
