"""The `lifecycle` command: what it prints, and its exit codes 0, 1 and 2."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import main, prediction, releases, teardown, training
from cli.prediction import Answer
from cli.training import Trained
from tests.unit.cli.conftest import PACKAGE, FakeAws, aws_error, does_not_exist, stack, with_outputs


@pytest.fixture
def run(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """``run("status", "--json")``: exit code, and what was printed on each stream."""
    monkeypatch.setattr(main.console, "_file", None)

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
        (does_not_exist("s"), "the stack lifecycle-dev-endpoint-house-prices is not deployed: `cdk deploy"),
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
    aws.says("ssm", "get_parameter", {"Parameter": {"Value": parked}})
    aws.says("sagemaker", "list_model_packages", {"ModelPackageSummaryList": newest})


def test_the_status_is_a_table_or_json(run: Any, aws: FakeAws) -> None:
    newest = [{"ModelPackageArn": f"{PACKAGE}/4", "ModelApprovalStatus": "Rejected"}]
    described(aws, f"{PACKAGE}/3", f"{PACKAGE}/2", newest)
    code, out, _ = run("status", "--json")
    assert code == 0
    assert json.loads(out)[0] == {
        "model": "house-prices",
        "champion": "v3",
        "challenger": "-",
        "parked": "-",
        "newest": "v4 Rejected",
        "stack": "UPDATE_COMPLETE",
    }
    described(aws, "", f"{PACKAGE}/3", [])
    code, out, _ = run("status")
    (row,) = [line for line in out.splitlines() if "house-prices" in line]
    assert row.split()[1:-1:2] == ["house-prices", "-", "-", "v3", "-", "UPDATE_COMPLETE"]


TRAINED = Trained("job", {"validation:rmse": 0.5}, PACKAGE, "Approved", "0.5 is below 5000", {})


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


def test_a_prediction_that_is_refused_ends_with_1(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def predict(_session: Any, *words: Any) -> Answer:
        asked.append(words)
        return Answer(409 if len(asked) > 1 else 200, {"n": len(asked)})

    monkeypatch.setattr(prediction, "predict", predict)
    assert run("predict", "house-prices")[:2] == (0, '{\n  "n": 1\n}\n')
    assert run("predict", "house-prices", '{"SquareFeet": 1}', "--variant", "challenger")[0] == 1
    assert asked == [
        ("house-prices", [{"SquareFeet": 3100}], None),
        ("house-prices", [{"SquareFeet": 1}], "challenger"),
    ]
    code, _, err = run("predict", "house-prices", "{")
    assert (code, len(asked)) == (1, 2)
    assert err


@pytest.fixture
def outcome(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the rotate function answer this; collects what was asked of it and what is followed."""
    followed: list[str] = []
    monkeypatch.setattr(releases, "follow", lambda *_, expected: followed.append(expected))
    aws.says("cloudformation", "describe_stack_events", {"StackEvents": []})

    def answer(**told: str) -> Any:
        def invoke(**_parameters: Any) -> Any:
            return {"Payload": io.BytesIO(json.dumps({"reason": "because [of] it", **told}).encode())}

        aws.says("cloudformation", "describe_stacks", with_outputs(RotateFunctionName="rotate"))
        aws.says("lambda", "invoke", invoke)
        return followed

    return answer


@pytest.mark.parametrize(
    ("words", "action", "expected"),
    [
        (["rotate", "house-prices"], "reconcile", PACKAGE),
        (["rotate", "house-prices", "--package", PACKAGE], "release", PACKAGE),
        (["rollback", "house-prices"], "rollback", PACKAGE),
        (["park", "house-prices"], "park", ""),
        (["wake", "house-prices"], "wake", PACKAGE),
    ],
    ids=lambda value: str(value),
)
def test_each_verb_asks_for_its_action_and_follows_it(
    run: Any, outcome: Any, aws: FakeAws, words: list[str], action: str, expected: str
) -> None:
    followed = outcome(outcome="started", package=PACKAGE)
    assert run(*words)[:2] == (0, "started: because [of] it\n")
    assert json.loads(aws.asked("invoke")[0]["Payload"])["action"] == action
    assert followed == [expected]


@pytest.mark.parametrize(("told", "code"), [("unchanged", 0), ("parked", 0), ("busy", 1)])
def test_what_was_not_started_is_not_followed(run: Any, outcome: Any, told: str, code: int) -> None:
    followed = outcome(outcome=told)
    assert run("rotate", "house-prices")[:2] == (code, f"{told}: because [of] it\n")
    assert followed == []


def test_a_refused_release_ends_with_1_and_the_reason(run: Any, outcome: Any) -> None:
    outcome(outcome="refused")
    code, _, err = run("rollback", "house-prices")
    assert (code, err) == (1, "rollback house-prices was refused: because [of] it\n")


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
    assert (code, err) == (1, "not confirmed: nothing was deleted\n")
    assert run("destroy", "--yes", "prod")[0] == 1
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


def test_the_exit_codes_are_documented() -> None:
    assert main.__doc__
    assert "Exit codes: 0 it is so, 1 it could not be done, 2 the words are wrong." in main.__doc__
