"""EventBridge: what matches reaches its targets, as it does on AWS, and nothing else does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from emulator import events as emulated_events
from emulator.server import Emulator
from tests.integration.compute.conftest import ClientFactory
from tests.waiting import eventually

ACCOUNT = "123456789012"
Rule = Callable[..., str]


class Inbox:
    """A queue that EventBridge may send to, and what has arrived in it."""

    def __init__(self, client: ClientFactory, name: str, allowed: bool = True) -> None:
        self._sqs, self.arn = client("sqs"), f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        if allowed:
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": self.arn,
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})

    def raw(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def wait(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in eventually(self.raw)]

    def stays_empty(self) -> bool:
        time.sleep(0.5)
        return not self.raw()


@pytest.fixture
def rule(client: ClientFactory, name: str) -> Iterator[Rule]:
    """``rule(pattern, target ...)``: name of a rule; removed afterwards."""
    events = client("events")
    made: list[str] = []

    def make(pattern: Any, *targets: dict[str, Any], **more: Any) -> str:
        rule_name = f"{name}-{len(made)}"
        pattern_of = {"EventPattern": json.dumps(pattern)} if pattern else {}
        events.put_rule(Name=rule_name, **pattern_of, **more)
        made.append(rule_name)
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        answer = events.put_targets(Rule=rule_name, Targets=numbered)
        assert answer["FailedEntryCount"] == 0
        return rule_name

    yield make
    for rule_name in made:
        targets = events.list_targets_by_rule(Rule=rule_name)["Targets"]
        events.remove_targets(Rule=rule_name, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule_name)


@pytest.fixture
def put(client: ClientFactory) -> Callable[..., dict[str, Any]]:
    def send(source: str, detail: Any, detail_type: str = "Tested") -> dict[str, Any]:
        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        return client("events").put_events(Entries=[entry])

    return send


def test_a_matching_event_reaches_the_queue(client: ClientFactory, name: str, rule: Rule, put: Any) -> None:
    inbox = Inbox(client, name)
    rule({"source": [name], "detail": {"n": [{"numeric": [">", 1]}]}}, {"Arn": inbox.arn})
    put(name, {"n": 1})
    put(name, {"n": 2})
    (event,) = inbox.wait()
    assert event["detail"] == {"n": 2}
    assert (event["source"], event["detail-type"], event["account"]) == (name, "Tested", ACCOUNT)
    assert inbox.stays_empty()


def test_events_of_one_rule_arrive_in_order(client: ClientFactory, name: str, rule: Rule, put: Any) -> None:
    inbox = Inbox(client, name)
    rule({"source": [name]}, {"Arn": inbox.arn})
    for number in range(8):
        put(name, {"n": number})
    arrived: list[int] = []

    def all_of_them() -> bool:
        arrived.extend(json.loads(message["Body"])["detail"]["n"] for message in inbox.raw())
        return len(arrived) == 8

    eventually(all_of_them)
    assert arrived == list(range(8))


def test_a_schedule_without_a_pattern_matches_no_event(
    client: ClientFactory, name: str, rule: Rule, put: Any
) -> None:
    inbox = Inbox(client, name)
    rule(None, {"Arn": inbox.arn}, ScheduleExpression="rate(1 day)")
    put(name, {})
    assert inbox.stays_empty()


def test_a_schedule_can_be_fired_at_once(
    client: ClientFactory, name: str, rule: Rule, emulator: Emulator
) -> None:
    inbox = Inbox(client, name)
    rule_name = rule(None, {"Arn": inbox.arn}, ScheduleExpression="cron(0 3 ? * MON *)")
    urlopen(Request(f"{emulator.url}/_emulator/events/fire?rule={rule_name}", method="POST")).close()
    (event,) = inbox.wait()
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")


def test_a_disabled_rule_sends_nothing(client: ClientFactory, name: str, rule: Rule, put: Any) -> None:
    inbox = Inbox(client, name)
    rule({"source": [name]}, {"Arn": inbox.arn}, State="DISABLED")
    put(name, {})
    assert inbox.stays_empty()


def test_sources_of_aws_are_refused_to_users(put: Any) -> None:
    answer = put("aws.sagemaker", {})
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_services_of_aws_publish(client: ClientFactory, name: str, rule: Rule) -> None:
    inbox = Inbox(client, name)
    rule({"source": ["aws.sagemaker"], "resources": [name]}, {"Arn": inbox.arn})
    emulated_events.publish("aws.sagemaker", "SageMaker Model State Change", {"a": 1}, [name], "us-east-1")
    assert inbox.wait()[0]["detail"] == {"a": 1}


def test_a_function_gets_the_event_only_when_its_policy_allows_the_rule(
    client: ClientFactory, name: str, rule: Rule, put: Any, function: Any
) -> None:
    dead, inbox = Inbox(client, f"{name}-dead"), Inbox(client, name)
    source = f"""
    import boto3, json
    def handler(event, context):
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName="{name}")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
    """
    arn = function(source, {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    rule_name = rule({"source": [name]}, {"Arn": arn, "DeadLetterConfig": {"Arn": dead.arn}})
    put(name, {"try": 1})
    (lost,) = eventually(dead.raw)
    assert lost["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert json.loads(lost["Body"])["detail"] == {"try": 1}
    client("lambda").add_permission(
        FunctionName=arn,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{rule_name}",
    )
    put(name, {"try": 2})
    assert inbox.wait()[0]["detail"] == {"try": 2}


def test_a_queue_without_a_policy_gets_nothing(
    client: ClientFactory, name: str, rule: Rule, put: Any
) -> None:
    inbox = Inbox(client, name, allowed=False)
    rule({"source": [name]}, {"Arn": inbox.arn})
    put(name, {})
    assert inbox.stays_empty()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"Input": '{"constant": 1}'}, {"constant": 1}),
        ({"InputPath": "$.detail.inner"}, {"x": "y"}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"x": "$.detail.inner.x", "n": "$.detail.n", "d": "$.detail.inner"},
                    "InputTemplate": '{"text": "is <x>", "x": <x>, "n": <n>, "all": <d>}',
                }
            },
            {"text": "is y", "x": "y", "n": 3, "all": {"x": "y"}},
        ),
    ],
)
def test_the_target_gets_the_input_it_asked_for(
    client: ClientFactory, name: str, rule: Rule, put: Any, shape: dict[str, Any], expected: Any
) -> None:
    inbox = Inbox(client, name)
    rule({"source": [name]}, {"Arn": inbox.arn, **shape})
    put(name, {"inner": {"x": "y"}, "n": 3})
    assert inbox.wait() == [expected]


@pytest.mark.parametrize("has_events", [True, False])
def test_an_object_in_a_bucket_is_an_event_when_the_bucket_says_so(
    client: ClientFactory, name: str, rule: Rule, has_events: bool
) -> None:
    inbox, s3 = Inbox(client, name), client("s3")
    s3.create_bucket(Bucket=name)
    if has_events:
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [name]}},
    }
    rule(pattern, {"Arn": inbox.arn})
    s3.put_object(Bucket=name, Key="models/a.csv", Body=b"1,2")
    if not has_events:
        assert inbox.stays_empty()
        return
    (event,) = inbox.wait()
    assert event["detail"]["object"]["key"] == "models/a.csv"
    assert event["detail"]["object"]["size"] == 3
    assert event["detail"]["reason"] == "PutObject"
    assert inbox.stays_empty()


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ({"source": "x"}, "must be an object or an array"),
        ({"source": []}, "Empty arrays are not allowed"),
        ({"source": [{"like": "x"}]}, "Unrecognized match type like"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(
    client: ClientFactory, name: str, pattern: Any, reason: str
) -> None:
    with pytest.raises(ClientError, match=f"Event pattern is not valid. Reason: .*{reason}"):
        client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))


@pytest.mark.parametrize(
    "expression", ["rate(1 days)", "rate(0 minutes)", "cron(0 3 * * * *)", "cron(61 * ? * * *)"]
)
def test_a_schedule_that_means_nothing_is_refused(client: ClientFactory, name: str, expression: str) -> None:
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        client("events").put_rule(Name=name, ScheduleExpression=expression)
