"""The app as a whole: which stacks, in which order, tagged how."""

import json
from pathlib import Path
from typing import Any

from tests.unit.stacks.whole_app import model
from tests.unit.stacks.whole_app import templates as small_app

Templates = dict[str, dict[str, Any]]
NODE_CUSTOM_RESOURCES = (
    "Custom::S3BucketNotifications",
    "Custom::S3AutoDeleteObjects",
    "Custom::LogRetention",
)


def test_every_stack_is_top_level_and_named_after_its_environment(templates: Templates) -> None:
    assert set(templates) == {
        "foundation",
        "training",
        "inference",
        "endpoint-house-prices",
        "observability",
    }


def test_the_stacks_depend_on_each_other_in_the_order_of_deployment(assembly: Path) -> None:
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    depends_on = {
        name.removeprefix("lifecycle-dev-"): {
            other.removeprefix("lifecycle-dev-")
            for other in artifact.get("dependencies", [])
            if artifacts[other]["type"] == "aws:cloudformation:stack"
        }
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert depends_on["foundation"] == set()
    assert depends_on["training"] == {"foundation"}
    assert depends_on["inference"] == {"foundation"}
    assert depends_on["endpoint-house-prices"] == {"foundation", "inference"}
    assert {"training", "endpoint-house-prices"} <= depends_on["observability"]


def test_everything_that_has_tags_says_its_project_and_environment(templates: Templates) -> None:
    for name, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            tags = resource.get("Properties", {}).get("Tags")
            if isinstance(tags, list):
                found = {tag["Key"]: tag["Value"] for tag in tags}
                expected = {"project": "sagemaker-lifecycle", "environment": "dev"}
                assert expected.items() <= found.items(), f"{name}/{logical_id}"


def test_no_helper_function_of_the_cdk_is_deployed(templates: Templates) -> None:
    for name, template in templates.items():
        runtimes = {
            resource["Properties"]["Runtime"]
            for resource in template["Resources"].values()
            if resource["Type"] == "AWS::Lambda::Function"
        }
        assert runtimes <= {"python3.14"}, name
        types = {resource["Type"] for resource in template["Resources"].values()}
        assert not types & set(NODE_CUSTOM_RESOURCES), name


def test_nothing_is_imported_that_belongs_to_one_model(templates: Templates) -> None:
    """An export in use could not be removed with its model: only what all models share may be imported."""
    exports = [
        output["Export"]["Name"]
        for template in templates.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    ]
    assert exports
    assert [name for name in exports if "houseprices" in name.lower()] == []


def test_models_whose_names_differ_by_a_hyphen_share_no_id() -> None:
    training = small_app(model("x1y"), model("x-1y"))["training"]
    machines = [output for output in training["Outputs"].values() if "Ref" in output["Value"]]
    assert len({output["Value"]["Ref"] for output in machines}) == 2
