"""The prediction function: what it knows of the models and what it may call."""

import json
from pathlib import Path
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.predict_function import PredictFunction, models_json
from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.synthesis import empty_stack, statement_of, statements, template_of, written
from tests.unit.template_values import only

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WAKING = {"park": {"wake_on_predict": True}}
ROTATE = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


def model(name: str, **sections: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {
            "name": name,
            "source": {"type": "local"},
            "target": "Price",
            "features": [{"name": "SquareFeet", "minimum": 100.0, "maximum": 20000.0}, {"name": "Rooms"}],
            "algorithm": "linear-regression",
            "gate": {"metric": "rmse", "threshold": 5000.0},
            "serving": {"type": "realtime"},
            **sections,
        }
    )


def template(*models: ModelSpec) -> dict[str, Any]:
    stack = empty_stack()
    PredictFunction(
        stack,
        "Predict",
        environment=environment_named("dev"),
        models=models,
        key=kms.Key.from_key_arn(stack, "Key", KEY),
        rotate=lambda_.Function.from_function_arn(stack, "Rotate", ROTATE),
    )
    return template_of(stack)


def test_the_contract_names_endpoint_and_features_in_their_order() -> None:
    assert json.loads(models_json("dev", [model("houses")])) == {
        "houses": {
            "endpoint": "dev-houses",
            "task": "regression",
            "protocol": "lifecycle",
            "features": [
                {"name": "SquareFeet", "type": "number", "minimum": 100.0, "maximum": 20000.0},
                {"name": "Rooms", "type": "number"},
            ],
        }
    }


def test_the_contract_is_the_same_text_in_any_order_of_models() -> None:
    one, two = model("houses"), model("flats")
    assert models_json("dev", [one, two]) == models_json("dev", [two, one])


def test_the_function_reaches_the_models_endpoints_and_the_environments_endpoint_stacks_only() -> None:
    made = template(model("houses"))
    [statement] = [it for it in statements(made) if it["Action"][0].startswith("sagemaker:")]
    assert statement["Action"] == ["sagemaker:InvokeEndpoint"]
    assert [written(it) for it in statement["Resource"]] == [
        "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint/dev-houses"
    ]
    [trial] = [it for it in statements(made) if it["Action"][0].startswith("cloudformation:")]
    assert trial["Action"] == ["cloudformation:DescribeStacks"]
    assert [written(it) for it in trial["Resource"]] == [
        "arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/lifecycle-dev-endpoint-*/*"
    ]
    # API Gateway gives up after 29 seconds.
    assert only(made["Resources"], "AWS::Lambda::Function")["Timeout"] < 29


def test_a_model_that_a_prediction_wakes_has_its_parameter_in_the_contract() -> None:
    contract = json.loads(models_json("dev", [model("flats"), model("houses", cost=WAKING)]))
    assert contract["houses"]["parked"] == "/lifecycle/dev/houses/parked"
    assert "parked" not in contract["flats"]


def test_the_function_may_wake_only_where_a_model_wants_it() -> None:
    """The one function, and what models of the environment remember of being parked."""
    made = template(model("flats"), model("houses", cost=WAKING))
    assert statement_of(made, "lambda:InvokeFunction")["Resource"] == [ROTATE]
    (memory,) = statement_of(made, "ssm:GetParameter")["Resource"]
    assert written(memory).endswith(":parameter/lifecycle/dev/*/parked")
    variables = only(made["Resources"], "AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables["ROTATE_FUNCTION"] == "rotate"
    asleep = str(template(model("flats")))
    assert not any(words in asleep for words in ("lambda:InvokeFunction", "ssm:", "ROTATE_FUNCTION"))


def test_the_contract_is_in_the_asset(tmp_path: Path) -> None:
    from sagemaker_lifecycle.handler_function import stage_handler

    stage_handler(tmp_path, "predict", {"models.json": models_json("dev", [model("houses")])})
    assert "houses" in json.loads((tmp_path / "models.json").read_text(encoding="utf-8"))
    assert (tmp_path / "predict" / "handler.py").is_file()
