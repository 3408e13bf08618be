"""When a release counts as live, what the ledger says then, and that CloudFormation always gets an answer."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import repeat
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import ANY, Stubber

from tests.unit.handlers import stub_endpoint
from tests.unit.handlers.rotation_world import RELEASES, arn, client_error

Load = Callable[[str], ModuleType]
CONFIG = "EndpointConfig-AbC123"
PROPERTIES = {
    "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:check",
    "EndpointName": "dev-house-prices",
    "EndpointConfigName": CONFIG,
    "ChampionPackage": arn(2),
    "ChallengerPackage": "",
    "Model": "house-prices",
}


class World:
    """Stands for what `release_check.aws` asks of AWS, and keeps the answer to CloudFormation."""

    def __init__(self, load: Load) -> None:
        self.statuses = ["InService"]
        self.config = CONFIG
        self.failure_reason = ""
        self.ledger_text = "[]"
        self.stack = {"StackStatus": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
        self.champion = ""
        self.counted: list[str] = []
        self.count_error: Exception | None = None
        self.troubles: dict[str, Iterator[Exception]] = {}
        self.answers: list[dict[str, Any]] = []
        self.slept: list[float] = []
        self.clock = 0.0
        self.error = load("release_check.logic").CheckFailed

    def meet(self, call: str) -> None:
        """Raises the next trouble of this call, if there is one left."""
        if trouble := next(self.troubles.get(call, iter(())), None):
            raise trouble

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        self.meet("describe_endpoint")
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        if status == "gone":
            raise client_error("ValidationException", f'Could not find endpoint "{EndpointName}".')
        if status == "forbidden":
            raise client_error(
                "AccessDeniedException", "not authorized to perform: sagemaker:DescribeEndpoint"
            )
        reason = {"FailureReason": self.failure_reason} if self.failure_reason else {}
        return {"EndpointStatus": status, "EndpointConfigName": self.config, **reason}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        assert StackName == "stack"
        self.meet("describe_stacks")
        champion = {"ParameterKey": "ChampionPackage", "ParameterValue": self.champion}
        return {"Stacks": [{**self.stack, "Parameters": [champion]}]}

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock += seconds

    def get_parameter(self, Name: str) -> dict[str, Any]:
        self.meet("get_parameter")
        if Name != RELEASES:
            raise client_error("ParameterNotFound", "")
        return {"Parameter": {"Value": self.ledger_text}}

    def put_parameter(self, Name: str, Value: str, **_: object) -> None:
        assert Name == RELEASES
        self.meet("put_parameter")
        self.ledger_text = Value

    def put_metric_data(self, MetricData: list[Any], **_: object) -> None:
        if self.count_error is not None:
            raise self.count_error
        self.counted.append(MetricData[0]["Dimensions"][0]["Value"])

    @property
    def ledger(self) -> list[str]:
        return [entry["package"] for entry in json.loads(self.ledger_text)]


@pytest.fixture
def world(load: Load, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(load)
    aws = load("release_check.aws")
    for client in ("_SAGEMAKER", "_SSM", "_CLOUDWATCH", "_CLOUDFORMATION"):
        monkeypatch.setattr(aws, client, made)
    monkeypatch.setattr(aws, "time", SimpleNamespace(sleep=made.sleep, monotonic=lambda: made.clock))
    monkeypatch.setattr(aws, "send_answer", lambda url, answer: made.answers.append(answer))
    return made


@pytest.fixture
def check(load: Load, world: World, context_of: Any) -> Callable[..., dict[str, Any]]:
    """Sends a request; returns the answer to CloudFormation."""

    def checked(kind: str = "Update", seconds: int = 900, **properties: Any) -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "ResponseURL": "http://localhost/answer",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "ReleaseCheck",
            "ResourceProperties": {**PROPERTIES, **properties},
        }
        load("release_check.handler").handler(event, context_of(seconds * 1000))
        return world.answers[-1]

    return checked


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_endpoint_on_the_intended_config_is_a_release(check: Any, world: World, kind: str) -> None:
    answer = check(kind)
    assert answer["Status"] == "SUCCESS"
    assert {answer[key] for key in ("StackId", "RequestId", "LogicalResourceId")} == {
        "stack",
        "request",
        "ReleaseCheck",
    }
    assert (world.ledger, world.counted) == ([arn(2)], ["dev-house-prices"])


def test_the_resources_id_never_changes(check: Any, world: World) -> None:
    ids = {
        check(kind, ChampionPackage=arn(kind_version))["PhysicalResourceId"]
        for kind, kind_version in [("Create", 1), ("Update", 2), ("Delete", 2)]
    }
    world.config = "another"
    ids.add(check("Update")["PhysicalResourceId"])
    assert ids == {"release-check-dev-house-prices"}


def test_a_silent_roll_back_fails_naming_what_serves_and_what_was_intended(check: Any, world: World) -> None:
    world.config = "EndpointConfig-Old"
    answer = check()
    assert answer["Status"] == "FAILED"
    assert "EndpointConfig-Old" in answer["Reason"]
    assert CONFIG in answer["Reason"]
    assert (world.ledger, world.counted) == ([], [])


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed", "Deleting"])
def test_an_endpoint_out_of_service_fails_with_its_own_reason(check: Any, world: World, status: str) -> None:
    world.statuses, world.failure_reason = [status], "the container died"
    answer = check()
    assert answer["Status"] == "FAILED"
    assert status in answer["Reason"]
    assert "the container died" in answer["Reason"]


@pytest.mark.parametrize("status", ["Updating", "RollingBack", "SystemUpdating", "Creating"])
def test_a_changing_endpoint_is_waited_for(check: Any, world: World, status: str) -> None:
    world.statuses = [status, status, "InService"]
    assert check()["Status"] == "SUCCESS"
    assert world.slept == [0.5, 1.0]


def test_the_wait_ends_in_time_for_an_answer(check: Any, world: World) -> None:
    world.statuses = ["RollingBack"]
    assert "RollingBack" in check(seconds=90)["Reason"]
    assert sum(world.slept) <= 60


def test_a_config_given_as_arn_is_compared_by_name(check: Any) -> None:
    config = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{CONFIG.lower()}"
    assert check(EndpointConfigName=config)["Status"] == "SUCCESS"


def test_a_config_name_in_another_case_is_another_config(check: Any) -> None:
    assert check(EndpointConfigName=CONFIG.lower())["Status"] == "FAILED"


def test_a_missing_endpoint_fails(check: Any, world: World) -> None:
    world.statuses = ["gone"]
    assert "does not exist" in check()["Reason"]


def test_a_missing_permission_is_answered_with_its_text(check: Any, world: World) -> None:
    world.statuses = ["forbidden"]
    answer = check()
    assert answer["Status"] == "FAILED"
    assert "sagemaker:DescribeEndpoint" in answer["Reason"]


@pytest.mark.parametrize("lack", ["EndpointName", "EndpointConfigName", "ChampionPackage", "Model"])
def test_a_lacking_property_is_answered_by_name(check: Any, lack: str) -> None:
    answer = check(**{lack: ""})
    assert answer["Status"] == "FAILED"
    assert lack in answer["Reason"]
    assert answer["PhysicalResourceId"]


def test_deleting_always_succeeds(check: Any, world: World) -> None:
    world.statuses = ["gone"]
    assert check("Delete")["Status"] == "SUCCESS"
    assert world.ledger == []


def test_a_release_checked_twice_is_recorded_once(check: Any, world: World) -> None:
    check("Create")
    check("Update")
    assert (world.ledger, world.counted) == ([arn(2)], ["dev-house-prices"])


def test_going_back_is_a_release_too(check: Any, world: World) -> None:
    for version in (1, 2, 1):
        check(ChampionPackage=arn(version))
    assert world.ledger == [arn(1), arn(2), arn(1)]


def test_the_ledger_drops_the_oldest_releases(check: Any, world: World) -> None:
    for version in range(30):
        check(ChampionPackage=arn(version))
    kept = len(world.ledger)
    assert 10 <= kept <= 20
    assert world.ledger == [arn(version) for version in range(30 - kept, 30)]


def test_the_ledger_says_who_why_what_was_replaced_and_how_it_ended(check: Any, world: World) -> None:
    check(ChampionPackage=arn(1))
    check(ChampionPackage=arn(2), ReleasedBy="anna", ReleaseReason="rollback")
    first, second = json.loads(world.ledger_text)
    assert (first["ended"], first["why"]) == (second["at"], "replaced")
    assert (second["by"], second["reason"], second["replaced"]) == ("anna", "rollback", arn(1))
    assert "ended" not in second


def test_parking_ends_a_release_and_waking_begins_it_anew(check: Any, world: World) -> None:
    check("Create")
    check("Delete")
    [parked] = json.loads(world.ledger_text)
    assert parked["why"] == "parked"
    check("Create")
    again = json.loads(world.ledger_text)[-1]
    assert world.ledger == [arn(2), arn(2)]
    assert not {"ended", "replaced"} & set(again)


@pytest.mark.parametrize(
    ("status", "champion", "why"),
    [
        ("DELETE_IN_PROGRESS", arn(2), "the stack was deleted"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "", "its update was rolled back"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", arn(2), "the endpoint was deleted"),
    ],
)
def test_what_else_ends_a_release_is_told_apart(
    check: Any, world: World, status: str, champion: str, why: str
) -> None:
    check("Create")
    world.stack, world.champion = {"StackStatus": status}, champion
    check("Delete")
    assert json.loads(world.ledger_text)[-1]["why"] == why


def test_an_end_is_noted_where_the_stack_does_not_say_why(check: Any, world: World) -> None:
    check("Create")
    world.troubles["describe_stacks"] = repeat(THROTTLED)
    check("Delete")
    assert json.loads(world.ledger_text)[-1]["why"] == "parked, or the stack was deleted"
    assert sum(world.slept) <= 20


def test_deleting_a_check_that_never_passed_ends_no_release(check: Any, world: World) -> None:
    check(ChampionPackage=arn(1))
    check("Delete", ChampionPackage=arn(2))
    assert "ended" not in json.loads(world.ledger_text)[-1]


def test_deleting_succeeds_with_a_broken_ledger(check: Any, world: World) -> None:
    world.ledger_text = "{}x"
    assert check("Delete")["Status"] == "SUCCESS"


def test_the_ledger_stays_within_what_ssm_takes(load: Load) -> None:
    long = "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:model-package/" + "g" * 300
    text, logic = "[]", load("release_check.logic")
    for version in range(20):
        intended = logic.Intended("endpoint", CONFIG, f"{long}/{version}", "house-prices")
        text = logic.appended(text, intended, "2026-01-01T00:00:00+00:00")
    assert len(text.encode()) <= 4096
    assert json.loads(text)[-1]["package"].endswith("/19")


ANNA = "arn:aws:sts::123456789012:assumed-role/Administrators/anna@example.com"


def told(load: Load, releases: int, reason: str, by: str = ANNA) -> list[dict[str, str]]:
    """The ledger after so many releases, each for this reason."""
    text, logic = "[]", load("release_check.logic")
    for version in range(1, releases + 1):
        intended = logic.Intended("endpoint", CONFIG, arn(version), "house-prices", by, reason)
        text = logic.appended(text, intended, "2026-01-01T00:00:00+00:00")
        assert len(text.encode()) <= 4096
    return json.loads(text)


@pytest.mark.parametrize("letter", ["a", "ж", "価", "🚀"])
def test_long_reasons_in_any_script_leave_the_releases_in_the_ledger(load: Load, letter: str) -> None:
    entries = told(load, 7, letter * 200)
    assert [entry["package"] for entry in entries] == [arn(version) for version in range(1, 8)]


def test_texts_of_older_releases_are_shortened_first(load: Load) -> None:
    entries = told(load, 7, "ж" * 200)
    lengths = [len(entry["reason"]) for entry in entries]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (40, 200)
    assert entries[0]["reason"] == "ж" * 39 + "…"
    assert (entries[0]["by"], entries[-1]["by"]) == ("anna@example.com", ANNA)


@pytest.mark.parametrize("letter", ["a", "ж", "🚀", '"'])
def test_the_newest_three_stay_however_long_their_texts(load: Load, letter: str) -> None:
    entries = told(load, 5, letter * 1000, by=letter * 1000)
    assert [entry["package"] for entry in entries][-3:] == [arn(3), arn(4), arn(5)]
    assert all(entry["reason"].startswith(letter) for entry in entries)


def test_a_short_ledger_is_left_as_it_is(load: Load) -> None:
    assert [entry["reason"] for entry in told(load, 4, "ж" * 100)] == ["ж" * 100] * 4


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[{"at": "x"}]', "null"])
def test_a_broken_ledger_fails_the_check_and_is_kept(check: Any, world: World, text: str) -> None:
    world.ledger_text = text
    answer = check()
    assert (answer["Status"], world.ledger_text) == ("FAILED", text)
    assert "ledger" in answer["Reason"]


def test_a_missing_ledger_is_named(check: Any) -> None:
    assert "/lifecycle/dev/churn/releases" in check(Model="churn")["Reason"]


def test_a_lost_count_does_not_take_a_good_release_back(check: Any, world: World) -> None:
    world.count_error = RuntimeError("throttled")
    assert (check()["Status"], world.ledger) == ("SUCCESS", [arn(2)])


THROTTLED = client_error("ThrottlingException", "Rate exceeded")
UNAVAILABLE = ClientError(
    {
        "Error": {"Code": "InternalServerError", "Message": "An error occurred on the server side."},
        "ResponseMetadata": {"HTTPStatusCode": 500},  # pyright: ignore[reportArgumentType]
    },
    "PutParameter",
)
TRANSIENT = [
    THROTTLED,
    client_error("TooManyUpdates", "Please try again later"),
    UNAVAILABLE,
    EndpointConnectionError(endpoint_url="https://ssm.us-east-1.amazonaws.com/"),
    ReadTimeoutError(endpoint_url="https://ssm.us-east-1.amazonaws.com/"),
]
LEDGER_CALLS = ["get_parameter", "put_parameter"]
CALLS = ["describe_endpoint", *LEDGER_CALLS]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("trouble", TRANSIENT, ids=lambda trouble: type(trouble).__name__)
def test_what_passes_takes_no_release_back(check: Any, world: World, call: str, trouble: Exception) -> None:
    world.troubles[call] = repeat(trouble, 30)
    assert (check()["Status"], world.ledger, world.counted) == ("SUCCESS", [arn(2)], ["dev-house-prices"])
    assert max(world.slept) == 10


def test_an_endpoint_that_could_not_be_looked_at_in_time_is_no_release(check: Any, world: World) -> None:
    world.troubles["describe_endpoint"] = repeat(THROTTLED)
    answer = check()
    assert (answer["Status"], world.ledger) == ("FAILED", [])
    assert "Rate exceeded" in answer["Reason"]
    assert 800 < sum(world.slept) <= 840


@pytest.mark.parametrize("call", LEDGER_CALLS)
def test_a_good_release_stands_though_its_ledger_cannot_be_reached_and_an_error_is_counted(
    load: Load, check: Any, world: World, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    world.troubles[call] = repeat(THROTTLED)
    with pytest.raises(load("release_check.logic").Unrecorded, match="Rate exceeded"):
        check()
    assert [answer["Status"] for answer in world.answers] == ["SUCCESS"]
    assert 800 < sum(world.slept) <= 840
    errors = [
        line for line in map(json.loads, capsys.readouterr().out.splitlines()) if line["level"] == "ERROR"
    ]
    assert [line["message"] for line in errors] == ["release not recorded"]


def test_the_next_try_of_lambda_records_what_was_not(load: Load, check: Any, world: World) -> None:
    world.troubles["put_parameter"] = repeat(THROTTLED)
    with pytest.raises(load("release_check.logic").Unrecorded):
        check()
    world.troubles.clear()
    check()
    assert (world.ledger, world.counted) == ([arn(2)], ["dev-house-prices"])


@pytest.mark.parametrize("call", CALLS)
def test_what_is_refused_is_not_tried_again(check: Any, world: World, call: str) -> None:
    world.troubles[call] = repeat(client_error("AccessDeniedException", "not authorized"))
    assert (check()["Status"], world.slept) == ("FAILED", [])


def test_what_others_wrote_between_two_tries_is_kept(check: Any, world: World) -> None:
    def written_meanwhile() -> Iterator[Exception]:
        world.ledger_text = json.dumps([{"package": arn(1), "at": "2026-01-01T00:00:00+00:00"}])
        yield THROTTLED

    world.troubles["put_parameter"] = written_meanwhile()
    check()
    assert world.ledger == [arn(1), arn(2)]


def test_the_end_of_a_release_is_noted_when_the_throttling_is_over(check: Any, world: World) -> None:
    check()
    world.troubles["put_parameter"] = repeat(THROTTLED, 4)
    check("Delete")
    assert "ended" in json.loads(world.ledger_text)[-1]


def test_a_deletion_waits_a_minute_for_the_ledger(check: Any, world: World) -> None:
    check()
    world.troubles["get_parameter"] = repeat(THROTTLED)
    assert check("Delete")["Status"] == "SUCCESS"
    assert 40 < sum(world.slept) <= 60


def test_a_long_reason_fits_cloudformations_answer(check: Any, world: World) -> None:
    world.statuses, world.failure_reason = ["Failed"], "é" * 9000
    assert len(json.dumps(check())) <= 4096 * 3
    assert len(json.dumps(check(), ensure_ascii=False).encode()) <= 4096


class TestSendingTheAnswer:
    """Over a real connection, as CloudFormation's presigned address wants it."""

    @pytest.fixture
    def listener(self) -> Iterator[stub_endpoint.Stub]:
        with stub_endpoint.serving() as stub:
            yield stub

    @pytest.fixture
    def send(self, load: Load, listener: stub_endpoint.Stub, monkeypatch: pytest.MonkeyPatch) -> Any:
        aws = load("release_check.aws")
        monkeypatch.setattr(aws, "time", SimpleNamespace(sleep=lambda seconds: None))
        return lambda: aws.send_answer(f"{listener.url}/answer?signature=a%2Fb", {"Status": "SUCCESS"})

    def test_it_is_put_without_a_content_type(self, listener: stub_endpoint.Stub, send: Any) -> None:
        listener.answers = [_accept]
        send()
        (asked,) = listener.asked
        assert asked["path"] == "/answer?signature=a%2Fb"
        assert asked["headers"].get("Content-Type", "") == ""
        assert json.loads(asked["body"]) == {"Status": "SUCCESS"}

    @pytest.mark.parametrize("trouble", [stub_endpoint.hang_up, stub_endpoint.reply(503, {})])
    def test_it_is_tried_again(self, listener: stub_endpoint.Stub, send: Any, trouble: Any) -> None:
        listener.answers = [trouble, trouble, _accept]
        send()
        assert len(listener.asked) == 3

    def test_an_answer_that_nobody_takes_is_an_error(self, listener: stub_endpoint.Stub, send: Any) -> None:
        listener.answers = [stub_endpoint.reply(403, {})]
        with pytest.raises(OSError, match="403"):
            send()


def _accept(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_the_requests_are_ones_that_the_services_know(load: Load) -> None:
    aws = load("release_check.aws")
    with Stubber(aws._SSM) as ssm, Stubber(aws._CLOUDWATCH) as cloudwatch:
        ssm.add_response(
            "put_parameter", {}, {"Name": "/l", "Value": "[]", "Type": "String", "Overwrite": True}
        )
        cloudwatch.add_response("put_metric_data", {}, {"Namespace": "SageMakerLifecycle", "MetricData": ANY})
        aws.write_ledger("/l", "[]")
        aws.count_release("dev-house-prices")
        for stub in (ssm, cloudwatch):
            stub.assert_no_pending_responses()
    with Stubber(aws._CLOUDFORMATION) as stacks:
        described = {"StackName": "s", "CreationTime": 0, "StackStatus": "DELETE_IN_PROGRESS"}
        stacks.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "s"})
        assert aws.stack("s") == ("DELETE_IN_PROGRESS", "")
        stacks.assert_no_pending_responses()


def test_an_error_that_is_no_absence_is_raised(load: Load) -> None:
    aws = load("release_check.aws")
    with Stubber(aws._SSM) as ssm:
        ssm.add_client_error("get_parameter", "AccessDeniedException", "no")
        with pytest.raises(ClientError):
            aws.ledger("/l")
