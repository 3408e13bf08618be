"""The `lifecycle` command: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cli import challenger, main, output, prediction, releases, teardown, training
from cli import session as sessions
from cli.exit_codes import MEANINGS, ExitCode
from cli.prediction import Answer
from cli.session import ROOT
from cli.training import Trained
from tests.unit.cli.conftest import (
    CALLER,
    CREATED,
    HOUSE_PRICES,
    PACKAGE,
    FakeAws,
    aws_error,
    does_not_exist,
    stack,
    with_outputs,
)

CLI_DOCUMENT = ROOT / "docs" / "cli.md"


@pytest.fixture
def run(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """``run("status", "--json")``: exit code, and what was printed on each stream."""
    monkeypatch.setattr(output.console, "_file", None)

    def lifecycle(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lifecycle", *words])
        with pytest.raises(SystemExit) as ended:
            main.run()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return lifecycle


def test_the_words_that_are_wrong_end_with_2() -> None:
    runner = CliRunner()
    for words in (["unheard-of"], ["train"], ["status", "--unheard-of"]):
        assert runner.invoke(main.app, words).exit_code == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (does_not_exist("s"), "the stack lifecycle-dev-endpoint-house-prices is not deployed: `make deploy"),
        (aws_error("AccessDenied", "no [red]way[/x]"), "no [red]way[/x]"),
    ],
)
def test_what_could_not_be_done_is_one_message_and_1(
    run: Any, aws: FakeAws, answer: Any, message: str
) -> None:
    aws.says("cloudformation", "describe_stacks", answer)
    code, out, err = run("status")
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_ends_with_1(run: Any) -> None:
    code, _, err = run("park", "nope")
    assert code == 1
    assert err.startswith("no model is named 'nope'; there are: ")


def described(aws: FakeAws, champion: str, parked: str, newest: list[Any]) -> None:
    aws.says("cloudformation", "describe_stacks", stack(champion=champion))
    aws.says("ssm", "get_parameter", {"Parameter": {"Value": parked, "LastModifiedDate": CREATED}})
    aws.says("sagemaker", "list_model_packages", {"ModelPackageSummaryList": newest})


def test_the_status_is_a_table_or_json(run: Any, aws: FakeAws) -> None:
    newest = [{"ModelPackageArn": f"{PACKAGE}/4", "ModelApprovalStatus": "Rejected"}]
    described(aws, f"{PACKAGE}/3", f"{PACKAGE}/2", newest)
    code, out, _ = run("status", "--json")
    assert code == 0
    assert json.loads(out)[0] == {
        "model": "house-prices",
        "champion": "v3",
        "challenger": None,
        "parked": None,
        "newest": "v4",
        "newest_status": "Rejected",
        "stack": "UPDATE_COMPLETE",
        "instance_type": None,
        "wanted_instance_type": None,
        "refused_instance_type": None,
        "autoscaling": None,
    }
    described(aws, "", f"{PACKAGE}/3", [])
    code, out, _ = run("status")
    (row,) = [line for line in out.splitlines() if "house-prices" in line]
    assert row.split() == ["house-prices", "-", "-", "v3", "-", "UPDATE_COMPLETE"]


def test_a_model_that_is_not_deployed_is_a_row_too(
    run: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    flats = SimpleNamespace(name="flats")
    monkeypatch.setattr(sessions, "load_models", lambda _folder: (flats, HOUSE_PRICES))
    described(aws, f"{PACKAGE}/3", "", [])

    def deployed(StackName: str) -> Any:
        if StackName.endswith("flats"):
            raise does_not_exist(StackName)
        return stack(champion=f"{PACKAGE}/3")

    aws.says("cloudformation", "describe_stacks", deployed)
    code, out, _ = run("status", "--json")
    assert code == 0
    assert json.loads(out)[0] == dict.fromkeys(json.loads(out)[1]) | {"model": "flats"}
    code, out, _ = run("status")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert rows["flats"] == ["-", "-", "-", "-", "not", "deployed"]
    assert rows["house-prices"] == ["v3", "-", "-", "-", "UPDATE_COMPLETE"]
    assert "not deployed: flats (`make deploy-local`)\n" in out


def test_the_status_tells_of_an_instance_type_on_its_way(run: Any, aws: FakeAws) -> None:
    described(aws, f"{PACKAGE}/3", "", [])
    changing = stack(champion=f"{PACKAGE}/3")
    [one] = changing["Stacks"]
    for key, value in (("InstanceType", "ml.m5.large"), ("Autoscaling", "paused")):
        one["Parameters"].append({"ParameterKey": key, "ParameterValue": value})
    one["Outputs"] = [{"OutputKey": "WantedInstanceType", "OutputValue": "ml.m5.xlarge"}]
    aws.says("cloudformation", "describe_stacks", changing)
    code, out, _ = run("status")
    assert code == 0
    assert "house-prices: ml.m5.large becomes ml.m5.xlarge; autoscaling is paused\n" in out


TRAINED = Trained(True, "job", {"validation:rmse": 0.5}, PACKAGE, "Approved", "0.5 is below 5000", {})


def test_a_training_tells_its_numbers_or_json_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(_session: Any, _execution: str, on_state: Any) -> Trained:
        on_state("Train")
        return TRAINED

    monkeypatch.setattr(training, "start", lambda *_, **__: "arn")
    monkeypatch.setattr(training, "follow", follow)
    code, out, _ = run("train", "house-prices")
    assert code == 0
    assert out.splitlines() == ["Train", "validation:rmse = 0.5", "Approved: 0.5 is below 5000", PACKAGE]
    code, out, _ = run("train", "house-prices", "--json")
    assert json.loads(out) == TRAINED.__dict__


def test_unchanged_data_trains_nothing_and_says_so(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    again = Trained(False, "job", {}, PACKAGE, "Approved", "it passed", {})
    monkeypatch.setattr(training, "start", lambda *_, **__: "arn")
    monkeypatch.setattr(training, "follow", lambda *_: again)
    monkeypatch.setattr(training, "decided_since", lambda _session, trained: trained)
    told = (
        "nothing was trained: house-prices has been, on just this data and code, "
        "and judged by the gate of then (--force trains and judges anew)"
    )
    assert run("train", "house-prices")[1].splitlines()[0] == told


def test_a_training_that_waits_for_approval_says_how_to_give_it(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Trained(True, "job", {}, f"{PACKAGE}/1", "PendingManualApproval", "it passed", {})
    monkeypatch.setattr(training, "start", lambda *_, **__: "arn")
    monkeypatch.setattr(training, "follow", lambda *_: waiting)
    told = run("train", "house-prices")[1].splitlines()[-1]
    assert told.endswith(
        f"update-model-package --model-package-arn {PACKAGE}/1 --model-approval-status Approved"
    )


def test_a_training_without_data_names_the_upload(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_: Any) -> Trained:
        raise training.NoTrainingData("training failed: NoTrainingData: no object below s3://b/")

    monkeypatch.setattr(training, "start", lambda *_, **__: "arn")
    monkeypatch.setattr(training, "follow", follow)
    told = "training failed: NoTrainingData: no object below s3://b/; first `lifecycle upload house-prices`\n"
    assert run("train", "house-prices") == (1, "", told)


def test_a_prediction_that_is_refused_ends_with_1(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def predict(_session: Any, *words: Any) -> Answer:
        asked.append(words)
        return Answer(409 if len(asked) > 1 else 200, {"n": len(asked)})

    monkeypatch.setattr(prediction, "predict", predict)
    told = 'sent: {"SquareFeet": 3100}\n{\n  "n": 1\n}\n'
    assert run("predict", "house-prices")[:2] == (0, told)
    assert run("predict", "house-prices", '{"SquareFeet": 1}', "--variant", "challenger")[0] == 1
    assert asked == [
        ("house-prices", [{"SquareFeet": 3100}], None, None),
        ("house-prices", [{"SquareFeet": 1}], "challenger", None),
    ]
    for words in ("{", "[1]", "3", ""):
        code, out, err = run("predict", "house-prices", words)
        assert (code, out, len(asked)) == (2, "", 2)
        assert err.startswith("the instance is ")
        assert "allowed: '{\"FEATURE\": VALUE, ...}'" in err


@pytest.fixture
def outcome(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the rotate function answer this; collects what was asked of it and what is followed."""
    followed: list[str] = []

    def follow(*_: Any, expected: str) -> None:
        followed.append(expected)
        aws.says("cloudformation", "describe_stacks", stack(champion=expected))

    monkeypatch.setattr(releases, "follow", follow)
    aws.says("cloudformation", "describe_stack_events", {"StackEvents": []})
    of_before = {"Value": "[]", "LastModifiedDate": CREATED - timedelta(seconds=1)}
    aws.says("ssm", "get_parameter", {"Parameter": of_before})

    def answer(**told: str) -> Any:
        def invoke(**_parameters: Any) -> Any:
            return {"Payload": io.BytesIO(json.dumps({"reason": "because [of] it", **told}).encode())}

        aws.says("cloudformation", "describe_stacks", with_outputs(RotateFunctionName="rotate"))
        aws.says("lambda", "invoke", invoke)
        return followed

    return answer


@pytest.mark.parametrize(
    ("words", "action", "expected", "told"),
    [
        (["rotate", "house-prices"], "reconcile", f"{PACKAGE}/1", "v1 is live"),
        (["rotate", "house-prices", "--package", f"{PACKAGE}/1"], "release", f"{PACKAGE}/1", "v1 is live"),
        (["rollback", "house-prices"], "rollback", f"{PACKAGE}/1", "v1 is live again"),
        (["park", "house-prices"], "park", "", "nothing is live"),
        (["wake", "house-prices"], "wake", f"{PACKAGE}/1", "v1 is live"),
    ],
    ids=lambda value: str(value),
)
def test_each_verb_asks_for_its_action_and_follows_it(
    run: Any, outcome: Any, aws: FakeAws, words: list[str], action: str, expected: str, told: str
) -> None:
    followed = outcome(outcome="started", package=f"{PACKAGE}/1")
    assert run(*words)[:2] == (0, f"started: because [of] it\n{told}\n")
    assert json.loads(aws.asked("invoke")[0]["Payload"])["action"] == action
    assert followed == [expected]


@pytest.mark.parametrize(
    "words",
    [["test", "start", "house-prices"], ["traffic", "house-prices", "5"], ["discard", "house-prices"]],
    ids=lambda words: words[0],
)
def test_what_happens_beside_the_champion_leaves_it_as_it_is(
    run: Any, outcome: Any, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    looked(monkeypatch, state="none")
    followed = outcome(outcome="started", package=f"{PACKAGE}/2")
    monkeypatch.setattr(releases, "champion", lambda *_: f"{PACKAGE}/1")
    assert run(*words)[0] == 0
    assert followed == [f"{PACKAGE}/1"]


@pytest.mark.parametrize("told", ["unchanged", "parked"])
def test_what_was_not_started_is_not_followed(run: Any, outcome: Any, told: str) -> None:
    followed = outcome(outcome=told)
    assert run("rotate", "house-prices")[:2] == (0, f"{told}: because [of] it\n")
    assert followed == []


@pytest.mark.parametrize(
    ("told", "code", "message"),
    [
        ("refused", 3, "rollback house-prices was refused: because [of] it\n"),
        ("busy", 4, "rollback house-prices: busy, because [of] it\n"),
    ],
)
def test_what_was_refused_or_is_busy_has_its_own_code(
    run: Any, outcome: Any, told: str, code: int, message: str
) -> None:
    outcome(outcome=told)
    assert run("rollback", "house-prices") == (code, "", message)


def test_the_function_is_told_who_asks(
    run: Any, outcome: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome(outcome="unchanged")
    looked(monkeypatch, state="none")
    run("test", "start", "house-prices", "--package", f"{PACKAGE}/2", "--traffic", "20")
    assert json.loads(aws.asked("invoke")[0]["Payload"]) == {
        "action": "test",
        "model": "house-prices",
        "package": f"{PACKAGE}/2",
        "by": CALLER,
        "traffic": 20,
        "mode": "canary",
    }


@pytest.mark.parametrize("words", ["nonsense", "arn:aws:s3:::bucket", PACKAGE])
def test_what_is_no_package_is_not_asked_for(run: Any, outcome: Any, aws: FakeAws, words: str) -> None:
    outcome(outcome="started")
    code, _, err = run("rotate", "house-prices", "--package", words)
    assert code == 2
    assert err.startswith(f"{words!r} is no version of a model package; allowed: v3, or arn:aws:sagemaker:")
    assert aws.asked("invoke") == []


@pytest.mark.parametrize("words", ["v2", "2"])
def test_a_package_may_be_named_by_its_version(run: Any, outcome: Any, aws: FakeAws, words: str) -> None:
    outcome(outcome="unchanged")
    listed = [{"ModelPackageArn": f"{PACKAGE}/{number}"} for number in (3, 2)]
    aws.says("sagemaker", "list_model_packages", {"ModelPackageSummaryList": listed})
    assert run("rotate", "house-prices", "--package", words)[0] == 0
    assert json.loads(aws.asked("invoke")[0]["Payload"])["package"] == f"{PACKAGE}/2"
    assert aws.asked("list_model_packages")[0]["ModelPackageGroupName"] == "lifecycle-dev-house-prices"


def test_a_version_that_is_not_there_is_told_with_those_that_are(
    run: Any, outcome: Any, aws: FakeAws
) -> None:
    outcome(outcome="started")
    aws.says(
        "sagemaker", "list_model_packages", {"ModelPackageSummaryList": [{"ModelPackageArn": f"{PACKAGE}/1"}]}
    )
    code, _, err = run("rotate", "house-prices", "--package", "v7")
    assert (code, err) == (1, "lifecycle-dev-house-prices has no v7; there is: v1\n")
    assert aws.asked("invoke") == []


CHANGES_WHAT_IS_LIVE = [
    ["rotate", "house-prices"],
    ["rollback", "house-prices"],
    ["park", "house-prices"],
    ["promote", "house-prices"],
    ["discard", "house-prices"],
    ["traffic", "house-prices", "5"],
    ["test", "start", "house-prices"],
    ["test", "stop", "house-prices"],
]


@pytest.mark.parametrize("words", CHANGES_WHAT_IS_LIVE, ids=" ".join)
def test_a_protected_environment_is_changed_after_a_yes_only(
    run: Any, outcome: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    outcome(outcome="unchanged")
    looked(monkeypatch, state="none")
    for answer in ("n\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        code, out, err = run(*words, "-e", "prod")
        assert (code, out.strip()) == (3, "")
        assert err.endswith("not confirmed: nothing was changed (--yes does without the question)\n")
    assert aws.asked("invoke") == []
    assert run(*words, "-e", "prod", "--yes")[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run(*words, "-e", "prod")[0] == 0
    assert len(aws.asked("invoke")) == 2


def test_json_is_all_that_a_release_prints(run: Any, outcome: Any) -> None:
    outcome(outcome="started", package=PACKAGE, action="park", model="house-prices")
    code, out, _ = run("park", "house-prices", "--json")
    assert code == 0
    assert json.loads(out) == {
        "action": "park",
        "model": "house-prices",
        "outcome": "started",
        "package": PACKAGE,
        "reason": "because [of] it",
    }


RUNNING: dict[str, Any] = {
    "state": "running",
    "champion": f"{PACKAGE}/1",
    "challenger": f"{PACKAGE}/2",
    "ended": None,
    "outcome": "squared-error",
    "variants": {
        "champion": {"outcomes": 4500, "mean": 4.125, "assigned": 4000},
        "challenger": {"outcomes": 0, "mean": None, "assigned": 0},
    },
    "answer": "inconclusive",
    "reason": "a variant has 0 outcomes, of 500 that each needs",
}


def looked(patch: pytest.MonkeyPatch, **told: Any) -> None:
    """What the analysis of the test says."""
    patch.setattr(challenger, "look", lambda *_: told)


def test_how_a_test_stands_is_lines_or_json(run: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = {
        "ChampionPackage": f"{PACKAGE}/1",
        "ChallengerPackage": f"{PACKAGE}/2",
        "ChallengerTraffic": "25",
    }
    pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    aws.says("cloudformation", "describe_stacks", stack(Parameters=pairs))
    weights = [
        {"VariantName": "champion", "CurrentWeight": 3.0},
        {"VariantName": "challenger", "CurrentWeight": 1.0},
    ]
    aws.says("sagemaker", "describe_endpoint", {"ProductionVariants": weights})
    looked(monkeypatch, **RUNNING)
    told = json.loads(run("test", "status", "house-prices", "--json")[1])
    assert (told["running"], told["traffic"]) == (True, 25)
    assert told["variants"] == {"champion": 0.75, "challenger": 0.25}
    assert told["test"] == RUNNING
    lines = run("test", "status", "house-prices")[1].splitlines()
    assert lines[0] == "v2 is on trial beside v1 and answers 25 % of the requests"
    assert lines[-1] == "verdict: inconclusive, a variant has 0 outcomes, of 500 that each needs"


def test_a_test_that_begins_is_counted_from_then_on(
    run: Any, outcome: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome(outcome="started", package=PACKAGE)
    looked(monkeypatch, state="begun")
    assert "outcomes of predictions count from now on" in run("test", "start", "house-prices")[1]
    looked(monkeypatch, state="none")
    assert "count" not in run("test", "start", "house-prices", "--mode", "shadow")[1]
    outcome(outcome="unchanged", package=PACKAGE)
    looked(monkeypatch, state="begun")
    assert "count" not in run("test", "start", "house-prices")[1]


def test_people_are_told_versions_and_programs_arns(run: Any, outcome: Any) -> None:
    outcome(outcome="unchanged", reason=f"{PACKAGE}/12 is live, not {PACKAGE}/3.")
    assert run("rotate", "house-prices")[1] == "unchanged: v12 is live, not v3.\n"
    assert f"{PACKAGE}/12" in run("rotate", "house-prices", "--json")[1]
    outcome(outcome="refused", reason=f"on trial is {PACKAGE}/3")
    assert run("rotate", "house-prices")[2] == "reconcile house-prices was refused: on trial is v3\n"


def test_a_failed_analysis_is_a_message_and_1(run: Any, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", with_outputs(AnalysisFunctionName="analysis"))
    failed = {"Payload": io.BytesIO(b'{"errorMessage": "the look failed"}'), "FunctionError": "Unhandled"}
    aws.says("lambda", "invoke", failed)
    assert run("test", "status", "house-prices") == (1, "", "the analysis of house-prices: the look failed\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--predicted", "3", "--actual", "2.5"], {"row": 0, "predicted": 3.0, "actual": 2.5}),
        (["--no-converted", "--row", "2"], {"row": 2, "converted": False}),
    ],
)
def test_feedback_is_told_to_the_api(
    run: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], told: dict[str, Any]
) -> None:
    asked: list[Any] = []

    def feedback(_session: Any, *given: Any) -> Answer:
        asked.append(given)
        return Answer(200 if len(asked) == 1 else 400, {"counted": 1})

    monkeypatch.setattr(prediction, "feedback", feedback)
    assert run("feedback", "house-prices", "id", *words)[:2] == (0, '{\n  "counted": 1\n}\n')
    assert asked == [("house-prices", [{"inference_id": "id", **told}])]
    assert run("feedback", "house-prices", "id", *words)[0] == 1


@pytest.mark.parametrize("words", [[], ["--predicted", "3"], ["--actual", "3"]])
def test_feedback_that_says_nothing_is_told_what_to_say(run: Any, words: list[str]) -> None:
    code, out, err = run("feedback", "house-prices", "id", *words)
    assert (code, out) == (2, "")
    assert "allowed: --predicted NUMBER --actual NUMBER, or --converted, or --no-converted" in err


def test_init_writes_a_model_and_says_what_it_guessed(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path / "models"))
    (tmp_path / "flats.csv").write_text("x,y\n1.5,2\n2.5,4\n4.5,7.5\n")
    code, out, _ = run("init", str(tmp_path / "flats.csv"), "--target", "y")
    assert code == 0
    assert re.search(r"column +type +gaps +values +note", out)
    assert re.search(r"x +number +0 +1\.5 to 4\.5 +-", out)
    assert "task: regression, because y is a number" in out
    assert "next: make demo MODEL=flats" in out


def test_init_tells_of_each_column_in_json(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path / "models"))
    (tmp_path / "flats.csv").write_text("x,y\n1.5,2\n,4\n4.5,7.5\n")
    told = json.loads(run("init", str(tmp_path / "flats.csv"), "--target", "y", "--json")[1])
    assert set(told) == {"model", "folder", "columns", "notes"}
    assert told["columns"] == [
        {"column": "x", "type": "number", "gaps": 1, "values": "1.5 to 4.5", "note": "optional"},
        {"column": "y", "type": "number", "gaps": 0, "values": "2 to 7.5", "note": "target"},
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "y"], "is there already; allowed: another --name"),
        (["--target", "Y", "--name", "other"], "no column 'Y'; it has: x, y; did you mean 'y'?"),
        (["--target", "y", "--name", "My Model"], "cannot be a model's name"),
        (["--target", "y", "--name", "other", "--task", "clustering"], "no task 'clustering'"),
    ],
)
def test_wrong_words_of_init_end_with_2(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path / "models"))
    (tmp_path / "models" / "flats").mkdir(parents=True)
    (tmp_path / "flats.csv").write_text("x,y\n1.5,2\n2.5,4\n4.5,7.5\n")
    code, out, err = run("init", str(tmp_path / "flats.csv"), *words)
    assert (code, out) == (2, "")
    assert message in err


def test_the_models_are_a_table_or_json(run: Any) -> None:
    assert json.loads(run("models", "--json")[1]) == [
        {
            "model": "house-prices",
            "task": "regression",
            "target": "Price",
            "features": 1,
            "algorithm": "linear-regression",
            "gate": "rmse 5000",
            "source": "local",
        }
    ]
    assert "house-" in run("models")[1]


def test_advice_names_types_and_says_that_there_are_no_prices(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.prices.load", lambda _region: None)
    code, out, _ = run("advise", "house-prices", "--requests-per-second", "240")
    assert code == 0
    assert "serving: 2 x ml.m" in out
    assert "no prices of eu-west-1 are here: `lifecycle prices refresh` asks AWS for them" in out
    told = json.loads(run("advise", "house-prices", "--json")[1])
    assert [one["purpose"] for one in told["advice"]] == ["training", "serving"]
    assert (told["rows"], told["dates"]["prices"]) == (5, None)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    code, out, _ = run("advise", "house-prices")
    assert code == 0
    assert out.endswith("no prices: no AWS region is configured: set AWS_REGION, or `aws configure`\n")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    code, _, err = run("prices", "refresh")
    assert (code, err) == (1, "the embedded AWS has no price list: unset AWS_ENDPOINT_URL to ask AWS\n")


def test_the_ledger_is_a_table_or_json(run: Any, aws: FakeAws) -> None:
    stored = {"releases": "[]"}

    def get_parameter(Name: str) -> Any:
        if (kind := Name.rpartition("/")[2]) not in stored:
            raise aws_error("ParameterNotFound")
        return {"Parameter": {"Value": stored[kind], "LastModifiedDate": CREATED}}

    aws.says("cloudformation", "describe_stacks", stack())
    aws.says("ssm", "get_parameter", get_parameter)
    assert run("releases", "house-prices")[1] == "house-prices was never released\n"
    entries = [
        {
            "package": f"{PACKAGE}/1",
            "at": "2026-01-02T03:04:05Z",
            "by": "arn:aws:sts::123456789012:assumed-role/Admin/[ada]",
        }
    ]
    stored["releases"] = json.dumps(entries)
    assert json.loads(run("releases", "house-prices", "--json")[1]) == entries
    shown = run("releases", "house-prices")[1]
    assert re.search(r"^ *v1 +2026-01-02 03:04 +\[ada\] +- +- +- +-", shown, re.MULTILINE)
    assert "house-prices: v1 is live since 2026-01-02 03:04 UTC\n" in shown
    ended = [{**entries[0], "ended": "2026-01-03T00:00:00Z"}]
    stored |= {"releases": json.dumps(ended), "parked": f"{PACKAGE}/1"}
    told = "house-prices is parked since 2026-01-03 00:00 UTC: waking releases v1"
    assert told in run("releases", "house-prices")[1]
    stored["releases"] = "{"
    code, _, err = run("releases", "house-prices")
    assert code == 1
    assert "/lifecycle/dev/house-prices/releases: the ledger of releases is no list of packages: '{'" in err


def test_nothing_is_destroyed_without_the_environments_name(
    run: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed: list[str] = []

    def destroy(session: Any, _tell: Any) -> list[str]:
        destroyed.append(session.environment)
        return ["AWS::Odd x"]

    monkeypatch.setattr(teardown, "destroy", destroy)
    monkeypatch.setattr(teardown, "environment_stacks", lambda _session: ["a"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    code, _, err = run("destroy")
    assert code == 3
    assert err.endswith("not confirmed: nothing was deleted\n")
    assert run("destroy", "--yes", "prod")[0] == 3
    assert destroyed == []
    assert run("destroy", "--yes", "dev") == (0, "left: AWS::Odd x\n", "")
    assert run("destroy", "-e", "prod", "--yes", "prod")[0] == 0
    assert destroyed == ["dev", "prod"]


def test_an_environment_that_is_not_deployed_cannot_be_destroyed(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teardown, "environment_stacks", lambda _session: [])
    code, _, err = run("destroy", "-e", "prod")
    assert (code, err) == (1, "nothing of 'prod' is deployed\n")


def test_uploads_are_told_one_a_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "upload", lambda *_: ["s3://b/1", "s3://b/2"])
    assert run("upload", "house-prices") == (0, "s3://b/1\ns3://b/2\n", "")


def test_the_table_of_types_is_the_embedded_aws_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import resource_types

    monkeypatch.setattr(resource_types, "environment_stacks", lambda _session: [])
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    code, _, err = run("resource-types")
    assert (code, err) == (1, "only the embedded AWS has such a table: AWS_ENDPOINT_URL is not set\n")


def test_the_environment_can_be_named_in_the_environment(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_ENVIRONMENT", "prod")
    monkeypatch.setattr(teardown, "environment_stacks", lambda _session: [])
    assert run("destroy")[2] == "nothing of 'prod' is deployed\n"


def test_a_broken_model_file_is_a_message_and_1(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_lifecycle.spec import SpecError

    def broken(_session: Any) -> None:
        raise SpecError(["models/x/model.yaml: target: missing"])

    monkeypatch.setattr("cli.session.Session.models", broken)
    assert run("status") == (1, "", "models/x/model.yaml: target: missing\n")


def test_the_version_is_the_packages(run: Any) -> None:
    assert run("--version")[:2] == (0, f"lifecycle {metadata.version('sagemaker-lifecycle')}\n")


def test_ctrl_c_is_130(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "start", interrupted)
    assert run("train", "house-prices")[0] == ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("lifecycle rot", ["rotate"]),
        ("lifecycle test sta", ["start", "status"]),
        ("lifecycle park ir", ["iris"]),
    ],
)
def test_the_shell_completes_verbs_and_models(typed: str, completed: list[str]) -> None:
    """As the script asks that --install-completion writes."""
    asked = {
        "_LIFECYCLE_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    told = CliRunner().invoke(main.app, [], prog_name="lifecycle", env=asked)
    assert (told.exit_code, told.stdout.split()) == (0, completed)


def test_every_verb_can_answer_in_json_and_says_what_it_does() -> None:
    for path, command in verbs(get_command(main.app)):
        assert command.help, path
        assert any("--json" in option.opts for option in command.params), path


def verbs(group: Any, path: str = "lifecycle") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_the_documents_table_of_exit_codes_is_the_codes_own() -> None:
    told = re.findall(r"^\| (\d+) \| (.+) \|$", CLI_DOCUMENT.read_text(), re.MULTILINE)
    assert told == [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    assert list(MEANINGS) == list(ExitCode)


def test_every_verb_is_in_the_document() -> None:
    text = CLI_DOCUMENT.read_text()
    assert [path for path, _ in verbs(get_command(main.app)) if f"`{path}" not in text] == []
