"""How the champion of an algorithm of AWS's own is measured: three requests, and states that send them."""

import copy
import json
from functools import cache
from typing import Any

import pytest

from sagemaker_lifecycle.training_champion import ChampionMeasurement, columns_hash, resolution
from tests.unit.constructs.test_built_in_training import CLASSES, FOREST, LINE
from tests.unit.constructs.test_training_execution import execute
from tests.unit.constructs.test_training_request import job, model, validated
from tests.unit.constructs.training_machines import definition_of, machine_template
from tests.unit.synthesis import KEY_ARN, statements, written
from tests.unit.training_values import filled

PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/lifecycle-dev-houses/7"
STATE = {
    "data": {"champion": {"package": PACKAGE}},
    "job": {
        "champion": "champion-t0123-" + "0" * 36,
        "prepared": "s3://artifacts/models/houses/jobs/prepared/0/",
    },
}
FOLDER = f"s3://artifacts/models/houses/jobs/measured/{STATE['job']['champion']}/"
TRAINED = "dev-houses-0123abcd-0123456789ab"


def measurement(**changes: Any) -> ChampionMeasurement:
    made = job(model(**changes)).champion
    assert made is not None
    return made


def requests_of(**changes: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """CreateModel's, CreateTransformJob's and CreateProcessingJob's request."""
    made = measurement(**changes)
    return filled(made.model, STATE), filled(made.transform, STATE), filled(made.evaluate, STATE)


@pytest.mark.parametrize(
    "changes", [FOREST, LINE, {**FOREST, "serving": {"type": "realtime", "instance_type": "ml.g5.xlarge"}}]
)
def test_the_requests_are_ones_that_sagemaker_accepts(changes: dict[str, Any]) -> None:
    made, transform, evaluate = requests_of(**changes)
    validated(made, "CreateModel")
    validated(transform, "CreateTransformJob")
    validated(evaluate, "CreateProcessingJob")
    assert len(made["ModelName"]) <= 63


def test_a_model_of_the_champions_package_answers_without_a_network() -> None:
    made, transform, _ = requests_of(**FOREST)
    assert made["PrimaryContainer"] == {"ModelPackageName": PACKAGE}
    assert made["EnableNetworkIsolation"] is True
    assert made["ModelName"] == transform["ModelName"] == STATE["job"]["champion"]


def test_it_answers_the_rows_held_out_without_their_targets() -> None:
    _, transform, evaluate = requests_of(**FOREST)
    rows = f"{STATE['job']['prepared']}validation/"
    source = transform["TransformInput"]
    assert source["DataSource"]["S3DataSource"]["S3Uri"] == rows
    assert (source["SplitType"], source["ContentType"]) == ("Line", "text/csv")
    assert transform["DataProcessing"] == {"InputFilter": "$[1:]"}
    read = {each["InputName"]: each["S3Input"].get("S3Uri") for each in evaluate["ProcessingInputs"]}
    left = transform["TransformOutput"]["S3OutputPath"]
    assert (read["validation"], read["answers"]) == (rows, left)
    assert left == f"{FOLDER}answers/"


def test_what_it_leaves_is_encrypted_below_the_models_prefix() -> None:
    _, transform, evaluate = requests_of(**FOREST)
    assert transform["TransformOutput"]["KmsKeyId"] == KEY_ARN
    assert transform["TransformResources"]["VolumeKmsKeyId"] == KEY_ARN
    [output] = evaluate["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == f"{FOLDER}report/"
    assert evaluate["ProcessingOutputConfig"]["KmsKeyId"] == KEY_ARN


@pytest.mark.parametrize(("changes", "accept"), [(FOREST, "text/csv"), (LINE, "application/jsonlines")])
def test_each_is_asked_for_lines_that_it_can_give(changes: dict[str, Any], accept: str) -> None:
    _, transform, evaluate = requests_of(**changes)
    assert (transform["TransformOutput"]["Accept"], transform["TransformOutput"]["AssembleWith"]) == (
        accept,
        "Line",
    )
    told = json.loads("".join(evaluate["AppSpecification"]["ContainerArguments"][1:]))
    assert told == {"algorithm": changes["algorithm"], "task": "regression"}
    assert "import evaluate;" in evaluate["AppSpecification"]["ContainerEntrypoint"][2]


@pytest.mark.parametrize(
    ("serving", "training", "expected"),
    [
        ("ml.c5.xlarge", "ml.m5.large", "ml.c5.xlarge"),
        ("ml.t2.medium", "ml.m5.2xlarge", "ml.m5.2xlarge"),
        ("ml.c6g.large", "ml.t3.large", "ml.m5.large"),
        ("ml.g5.xlarge", "ml.m5.large", "ml.g5.xlarge"),
    ],
)
def test_it_runs_where_it_is_served_if_transform_jobs_take_that(
    serving: str, training: str, expected: str
) -> None:
    fixed = {"type": "realtime", "instance_type": serving, "min_instances": 1, "max_instances": 1}
    _, transform, _ = requests_of(**FOREST, serving=fixed, training={"instance_type": training})
    resources = transform["TransformResources"]
    assert (resources["InstanceType"], resources["InstanceCount"]) == (expected, 1)
    assert ("VolumeKmsKeyId" in resources) is (expected != "ml.g5.xlarge")


@pytest.mark.parametrize("changes", [{}, {"algorithm": "random-forest"}])
def test_other_algorithms_measure_the_champion_themselves(changes: dict[str, Any]) -> None:
    assert job(model(**changes)).champion is None


def test_a_tuned_one_is_measured_too() -> None:
    changes = {"algorithm": "xgboost", "hyperparameters": {"eta": {"min": 0.1, "max": 0.5}}}
    made = job(model(**changes))
    assert made.tuned
    assert made.champion is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"features": [{"name": "SquareFeet"}, {"name": "Rooms"}]},
        {"features": [{"name": "SquareMetres"}]},
        {"features": [{"name": "SquareFeet", "optional": True}]},
        {"target": "Rent"},
        CLASSES,
        {**CLASSES, "hyperparameters": {"num_class": 3}},
        {"algorithm": "linear-learner"},
    ],
    ids=str,
)
def test_other_rows_or_answers_have_another_hash(changes: dict[str, Any]) -> None:
    assert columns_hash(model(**{"algorithm": "xgboost", **changes})) != columns_hash(
        model(algorithm="xgboost")
    )


@pytest.mark.parametrize(
    "changes",
    [{"hyperparameters": {"eta": 0.2}}, {"training": {"seed": 5, "max_runtime_seconds": 60}}],
    ids=str,
)
def test_what_changes_neither_leaves_the_hash(changes: dict[str, Any]) -> None:
    assert columns_hash(model(algorithm="xgboost", **changes)) == columns_hash(model(algorithm="xgboost"))


def test_the_order_of_features_is_part_of_the_hash() -> None:
    two = [{"name": "a"}, {"name": "b"}]
    hashes = {columns_hash(model(algorithm="xgboost", features=order)) for order in (two, two[::-1])}
    assert len(hashes) == 2


def test_digits_that_a_job_does_not_log_are_no_difference() -> None:
    assert resolution(model(**FOREST)) == 0.5e-5
    assert resolution(model(**LINE)) == 0


@cache
def template() -> dict[str, Any]:
    return machine_template(model(**FOREST))


@cache
def definition() -> dict[str, Any]:
    return definition_of(template())


def test_the_states_send_those_requests() -> None:
    states, made = definition()["States"], measurement(**FOREST)
    sent = {
        "ChampionModel": ("sagemaker:createModel", made.model),
        "ChampionAnswers": ("sagemaker:createTransformJob.sync", made.transform),
        "MeasureChampion": ("sagemaker:createProcessingJob.sync", made.evaluate),
        "DeleteChampionModel": ("aws-sdk:sagemaker:deleteModel", {"ModelName.$": "$.job.champion"}),
    }
    for name, (call, request) in sent.items():
        assert states[name]["Resource"] == f"arn:<AWS::Partition>:states:::{call}"
        assert states[name]["Parameters"] == request


def test_the_jobs_are_sent_again_and_end_as_the_others_do() -> None:
    states = definition()["States"]
    for name in ("ChampionAnswers", "MeasureChampion"):
        assert states[name]["Retry"] == states["Train"]["Retry"]
    limit = model(**FOREST).training.max_runtime_seconds
    assert states["ChampionAnswers"]["TimeoutSeconds"] == limit + 1800
    evaluate = measurement(**FOREST).evaluate
    assert evaluate["StoppingCondition"] == {"MaxRuntimeInSeconds": limit}
    assert definition()["TimeoutSeconds"] > job(model(**FOREST)).longest_seconds > 4 * limit + 1800


def answering(champion: dict[str, str], fails: tuple[str, ...] = (), cause: str = "") -> dict[str, Any]:
    """The graph with its tasks replaced by answers, or by jumps to where their failures are caught."""
    graph = json.loads(json.dumps(copy.deepcopy(definition())).replace("<AWS::Partition>", "aws"))
    data = {"job_suffix": "0123456789ab", "train_uri": "s3://d/", "superseded": False, "champion": champion}
    report = {"report": "s3://reported/"}
    answers = {"Source": data, "Prepare": {}, "Train": {}, "ChampionModel": {}, "ChampionAnswers": {}}
    answers |= {"MeasureChampion": report, "DeleteChampionModel": {"deleted": True}}
    for name, answer in answers.items():
        task = graph["States"][name]
        goes = {"Result": answer, "ResultPath": task["ResultPath"], "Next": task["Next"]}
        if name in fails:
            caught = task["Catch"][-1]
            said = {"Error": name, **({"Cause": cause} if cause else {})}
            goes = {"Result": said, "ResultPath": caught["ResultPath"], "Next": caught["Next"]}
        graph["States"][name] = {"Type": "Pass", **goes}
    for name, each in graph["States"].items():
        if each["Type"] == "Wait":
            graph["States"][name] = {"Type": "Pass", "Next": each["Next"]}
    # What the function is told becomes its answer.
    told = graph["States"]["Register"]
    graph["States"]["Register"] = {
        "Type": "Pass",
        "Parameters": {
            "told": told["Parameters"]["champion.$"],
            "champion.$": told["Parameters"]["champion.$"],
        },
        "ResultPath": told["ResultPath"],
        "Next": told["Next"],
    }
    del graph["States"]["ExistingJob"]["Retry"]
    result = graph["States"]["Result"]["Parameters"]
    result["deleted.$"] = "States.JsonToString($)"
    return graph


def told(champion: dict[str, str], *fails: str) -> tuple[Any, bool]:
    """What the register function is told of the champion, and whether a model was to be deleted."""
    execution = execute(answering(champion, fails), {})
    assert execution["status"] == "SUCCEEDED", execution
    output = json.loads(execution["output"])
    return output["registration"]["champion"], "deleted" in json.loads(output["deleted"])


KNOWN = {"package": PACKAGE, "job": "another", "unmeasured": ""}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def test_a_champion_is_measured_and_its_model_deleted() -> None:
    assert told(KNOWN) == ({"report": "s3://reported/"}, True)


@pytest.mark.parametrize(
    "known",
    [
        {**KNOWN, "package": ""},
        {**KNOWN, "unmeasured": "it has another target"},
        {**KNOWN, "job": "this"},
    ],
)
def test_nothing_is_made_when_there_is_nothing_to_measure(known: dict[str, str]) -> None:
    name = filled({"name.$": job(model(**FOREST)).name}, {"data": {"job_suffix": "0123456789ab"}})["name"]
    champion = {**known, "job": name} if known["job"] == "this" else known
    assert told(champion) == ({}, False)


@pytest.mark.parametrize("fails", ["ChampionModel", "ChampionAnswers", "MeasureChampion"])
def test_whatever_fails_the_model_is_deleted_and_the_gate_knows(fails: str) -> None:
    assert told(KNOWN, fails) == ({"Error": fails}, True)


WITHOUT = json.dumps({"FailureReason": "CapacityError: Unable"}, separators=(",", ":"))


def test_preparing_that_never_gets_instances_fails_the_execution_after_six_waits() -> None:
    graph = answering(KNOWN, ("Prepare",), WITHOUT)
    graph["States"]["JobFailed"]["CausePath"] = "States.JsonToString($.job.waits)"
    execution = execute(graph, {})
    assert (execution["status"], execution["error"]) == ("FAILED", "TrainingJobFailed")
    assert {name: each["seconds"] for name, each in json.loads(execution["cause"]).items()} == {
        "Prepare": 60 * 2**6,
        **dict.fromkeys(("Train", "ChampionAnswers", "MeasureChampion"), 60),
    }


@pytest.mark.parametrize("fails", ["ChampionAnswers", "MeasureChampion"])
def test_a_champion_whose_job_never_gets_instances_is_given_up_after_six_waits(fails: str) -> None:
    execution = execute(answering(KNOWN, (fails,), WITHOUT), {})
    output = json.loads(execution["output"])
    assert output["registration"]["champion"] == {"Error": fails, "Cause": WITHOUT}
    known = json.loads(output["deleted"])
    assert known["job"]["waits"][fails]["seconds"] == 60 * 2**6
    assert known["deleted"] is not None


@pytest.mark.parametrize("fails", ["Prepare", "ChampionAnswers", "MeasureChampion"])
def test_a_job_that_failed_for_another_reason_is_not_sent_again(fails: str) -> None:
    other = WITHOUT.replace("CapacityError", "AlgorithmError")
    graph = answering(KNOWN, (fails,), other)
    graph["States"][f"{fails}WaitsLonger"] = {"Type": "Fail", "Error": "it waited"}
    assert execute(graph, {}).get("error") == ("TrainingJobFailed" if fails == "Prepare" else None)


def test_each_request_for_a_job_has_a_name_of_its_own() -> None:
    made = measurement(**FOREST)
    names = (made.transform["TransformJobName.$"], made.evaluate["ProcessingJobName.$"])
    assert set(names) == {made.name}
    assert "States.UUID()" in made.name


def test_a_model_that_cannot_be_deleted_is_no_end_of_the_training() -> None:
    assert told(KNOWN, "DeleteChampionModel") == ({"report": "s3://reported/"}, True)


def test_a_job_that_another_execution_started_is_judged_with_the_champion_measured() -> None:
    states = definition()["States"]
    assert states["IsItRunning"]["Default"] == states["Train"]["Next"] == "IsThereAChampion"


def test_its_rights_are_those_of_one_names_beginning() -> None:
    made = measurement(**FOREST)
    arn = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:"
    allowed = {
        (action.removeprefix("sagemaker:"), written(resource).removeprefix(arn))
        for statement in statements(template())
        for action in statement["Action"]
        for resource in statement["Resource"]
        if action.startswith("sagemaker:")
    }
    assert {action for action, resource in allowed if resource == f"model/{made.names}"} == {
        "AddTags",
        "CreateModel",
        "DeleteModel",
    }
    for kind, call in (("transform-job", "TransformJob"), ("processing-job", "ProcessingJob")):
        assert {action for action, resource in allowed if resource == f"{kind}/{made.names}"} == {
            "AddTags",
            f"Create{call}",
            f"Describe{call}",
            "ListTags",
            f"Stop{call}",
        }
    versions = "model-package/lifecycle-dev-houses/*"
    assert {action for action, resource in allowed if resource == versions} == {
        "CreateModel",
        "DescribeModelPackage",
    }
    kinds = {resource.partition("/")[0] for _, resource in allowed}
    assert kinds == {"training-job", "processing-job", "transform-job", "model", "model-package"}
    assert made.names.startswith("champion-t")
    rules = [
        written(each) for one in statements(template()) for each in one["Resource"] if "rule/" in str(each)
    ]
    assert any(rule.endswith("StepFunctionsGetEventsForSageMakerTransformJobsRule") for rule in rules)
