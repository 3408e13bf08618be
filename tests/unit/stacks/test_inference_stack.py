"""The inference stack: what it declares a model, and what ties it to other stacks."""

from typing import Any

from tests.unit.stacks.whole_app import imports, model, templates
from tests.unit.template_values import of_type


def template(*names: str) -> dict[str, Any]:
    return templates(*(model(name) for name in names or ("houses",)))["inference"]


def test_what_functions_remember_is_not_declared() -> None:
    """An update of a declared parameter would write the template's value over what was remembered."""
    assert of_type(template("houses", "flats")["Resources"], "AWS::SSM::Parameter") == []


def test_a_further_model_changes_no_tie_to_another_stack() -> None:
    one, two = template("houses"), template("houses", "flats")
    assert imports(one) == imports(two)
    assert exports(one) == exports(two)


def test_the_outputs_are_what_the_command_line_needs() -> None:
    outputs = set(template()["Outputs"])
    needed = {"AnalysisFunctionName", "ApiUrl", "RotateFunctionName", "ReleaseRoleArn"}
    assert needed == {it for it in outputs if "Exports" not in it}


def test_rotate_reads_metrics_only_where_a_model_is_parked_when_idle() -> None:
    idle = templates(model("houses", cost={"park": {"idle_hours": 6}}), model("flats"))["inference"]
    assert "RotateRoleInvocations" in policies(idle)
    assert "RotateRoleInvocations" not in policies(template())


def policies(of: dict[str, Any]) -> str:
    return " ".join(name for name, it in of["Resources"].items() if it["Type"] == "AWS::IAM::Policy")


def exports(of: dict[str, Any]) -> set[str]:
    return {it["Export"]["Name"] for it in of["Outputs"].values() if "Export" in it}
