"""Lambda: what is created is described and runs; the faults a function can have look as they do on AWS."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.compute.conftest import ClientFactory, allow, package
from tests.waiting import eventually

ECHO = """
import os

def handler(event, context):
    left = context.get_remaining_time_in_millis()
    return {"event": event, "env": dict(os.environ), "cwd": os.getcwd(), "left": left}
"""
# Waits until so many files are in a folder, one of which it makes itself.
WAIT = """
import pathlib, time

def handler(event, context):
    folder = pathlib.Path(event["folder"])
    (folder / context.aws_request_id).touch()
    while len(list(folder.iterdir())) < event["files"]:
        time.sleep(0.01)
"""
Function = Callable[..., str]


def test_a_function_sees_its_event_and_the_environment_of_aws(function: Function, call: Any) -> None:
    answer = call(function(ECHO, Environment={"Variables": {"MODE": "x"}}, Timeout=900), {"a": 1})
    assert answer["event"] == {"a": 1}
    assert 870_000 < answer["left"] <= 900_000
    environment = answer["env"]
    assert environment["MODE"] == "x"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["LAMBDA_TASK_ROOT"] == answer["cwd"]
    assert environment["_HANDLER"] == "main.handler"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"


def test_nothing_of_the_developers_environment_gets_in(
    function: Function, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "1")
    source = """
    import os, sys
    def handler(event, context):
        return [sorted(os.environ), sys.path]
    """
    names, path = call(function(source))
    assert "SECRET_OF_THE_DEVELOPER" not in names
    assert not [entry for entry in path if entry.endswith("site-packages")]


def test_a_package_that_aws_does_not_bring_cannot_be_imported(function: Function, call: Any) -> None:
    answer = call(function("import pydantic\ndef handler(event, context): pass"))
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "Unable to import module 'main': No module named 'pydantic'" in answer["errorMessage"]


def test_boto3_in_a_function_acts_with_its_role(function: Function, call: Any, client: ClientFactory) -> None:
    source = """
    import boto3
    ssm = boto3.client("ssm")
    def handler(event, context):
        return ssm.get_parameter(Name=event)["Parameter"]["Value"]
    """
    client("ssm").put_parameter(Name="/compute/allowed", Value="yes", Type="String")
    client("ssm").put_parameter(Name="/compute/other", Value="no", Type="String")
    arn = function(source, allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/compute/allowed"))
    assert call(arn, "/compute/allowed") == "yes"
    assert "not authorized to perform: ssm:GetParameter" in call(arn, "/compute/other")["errorMessage"]


def test_what_was_asked_for_is_described(function: Function, client: ClientFactory, name: str) -> None:
    asked: dict[str, Any] = {
        "TracingConfig": {"Mode": "Active"},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": f"/{name}"},
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 1024},
        "Environment": {"Variables": {"A": "b"}},
        "MemorySize": 256,
        "Timeout": 9,
        "Description": "what it is for",
        "Tags": {"team": "ml"},
    }
    arn = function(ECHO, **asked)
    described = client("lambda").get_function(FunctionName=arn)
    assert described["Tags"] == asked.pop("Tags")
    configuration = described["Configuration"]
    configuration["LoggingConfig"].pop("SystemLogLevel")
    assert {key: configuration[key] for key in asked} == asked
    assert configuration["State"] == "Active"


def test_an_exception_has_the_shape_of_aws(function: Function, client: ClientFactory) -> None:
    arn = function("def handler(event, context):\n    raise ValueError('too small')")
    answer = client("lambda").invoke(FunctionName=arn, LogType="Tail")
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "too small")
    assert "main.py" in error["stackTrace"][0]
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "[ERROR] ValueError: too small" in tail
    assert "REPORT RequestId:" in tail


def test_a_time_out_ends_the_function_and_the_next_call_works(
    function: Function, client: ClientFactory
) -> None:
    source = """
    import time
    def handler(event, context):
        time.sleep(event)
        return "awake"
    """
    arn = function(source, Timeout=1)
    answer = client("lambda").invoke(FunctionName=arn, Payload="30")
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.loads(answer["Payload"].read())["errorMessage"]
    assert client("lambda").invoke(FunctionName=arn, Payload="0")["Payload"].read() == b'"awake"'


def test_a_process_that_exits_is_an_error_of_the_runtime(function: Function, call: Any) -> None:
    answer = call(function("import os\ndef handler(event, context): os._exit(3)"))
    assert answer["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in answer["errorMessage"]


def test_too_much_memory_kills_the_function(function: Function, call: Any) -> None:
    source = """
    import time
    def handler(event, context):
        taken = bytearray(300_000_000)
        for at in range(0, len(taken), 4096):
            taken[at] = 1
        time.sleep(60)
    """
    answer = call(function(source, Timeout=60))
    assert answer["errorMessage"].endswith("Runtime exited with error: signal: killed")


def test_a_warm_function_keeps_its_state_and_new_code_starts_over(
    function: Function, call: Any, client: ClientFactory
) -> None:
    counter = "seen = []\ndef handler(event, context):\n    seen.append(1)\n    return len(seen)\n"
    arn = function(counter)
    assert [call(arn), call(arn)] == [1, 2]
    client("lambda").update_function_code(FunctionName=arn, ZipFile=package(counter + "# new\n"))
    assert call(arn) == 1


def test_a_warm_invocation_costs_a_few_milliseconds(function: Function, client: ClientFactory) -> None:
    arn = function("def handler(event, context): return event")
    api = client("lambda")
    api.invoke(FunctionName=arn)
    took: list[float] = []
    for _ in range(20):
        began = time.perf_counter()
        api.invoke(FunctionName=arn, Payload=b"{}")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05  # a busy machine makes most of them longer, a detour each of them


def test_reserved_concurrency_throttles(
    function: Function, call: Any, client: ClientFactory, tmp_path: Path
) -> None:
    arn, api = function(WAIT, Timeout=60), client("lambda")
    api.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(call, arn, {"folder": str(tmp_path), "files": 2})
        eventually(lambda: list(tmp_path.iterdir()))
        with pytest.raises(api.exceptions.TooManyRequestsException):
            api.invoke(FunctionName=arn)
        (tmp_path / "go").touch()
        assert slow.result() is None
    assert call(arn, {"folder": str(tmp_path), "files": 0}) is None


def test_concurrent_calls_do_not_wait_for_each_other(function: Function, call: Any, tmp_path: Path) -> None:
    arn = function(WAIT, Timeout=60)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: call(arn, {"folder": str(tmp_path), "files": 4}), range(4)))
    assert answers == [None] * 4


def test_logs_and_metrics_are_written(
    function: Function, client: ClientFactory, name: str, call: Any
) -> None:
    call(function("def handler(event, context): print('hello from', event)"), "here")
    logs = client("logs")

    def messages() -> list[str]:
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in events]

    lines = eventually(messages, lambda said: any(line.startswith("REPORT") for line in said))
    assert [line.split()[0] for line in lines] == ["START", "hello", "END", "REPORT"]
    assert "hello from here" in lines
    cloudwatch = client("cloudwatch")
    eventually(
        lambda: cloudwatch.list_metrics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
        )["Metrics"]
    )


def test_a_role_without_rights_on_logs_has_no_log(
    function: Function, client: ClientFactory, service_role: Any, call: Any, name: str
) -> None:
    arn = function("def handler(event, context): return 1", Role=service_role("lambda.amazonaws.com"))
    assert call(arn) == 1
    time.sleep(0.6)
    assert not client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]


def test_a_role_that_lambda_cannot_assume_is_refused(function: Function, service_role: Any) -> None:
    with pytest.raises(ClientError, match="role defined for the function cannot be assumed by Lambda"):
        function(ECHO, Role=service_role("events.amazonaws.com"))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"Timeout": 901}, "at 'timeout' failed"),
        ({"Layers": ["arn:aws:lambda:us-east-1:1:layer:a:1"]}, "does not support Layers"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, "4KB limit"),
    ],
)
def test_bad_settings_are_refused(function: Function, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        function(ECHO, **settings)


def test_a_name_taken_is_a_conflict(function: Function) -> None:
    function(ECHO)
    with pytest.raises(ClientError, match="ResourceConflictException"):
        function(ECHO)


def test_a_failed_event_is_tried_three_times_then_dead(
    function: Function, client: ClientFactory, name: str
) -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    source = "def handler(event, context):\n    print('attempt', event)\n    raise RuntimeError('no')"
    arn = function(
        source,
        allow("sqs:SendMessage"),
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:123456789012:{name}-dead"},
    )
    assert (
        client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload='{"n":1}')["StatusCode"]
        == 202
    )
    messages = eventually(
        lambda: sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages")
    )
    assert json.loads(messages[0]["Body"]) == {"n": 1}
    assert messages[0]["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"

    def attempts() -> int:
        events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return len([event for event in events if event["message"].startswith("attempt")])

    eventually(attempts, lambda count: count >= 3)  # logs are written in batches, after the answer
    assert attempts() == 3


def test_permissions_are_kept_and_removed(function: Function, client: ClientFactory) -> None:
    arn, api = function(ECHO), client("lambda")
    api.add_permission(
        FunctionName=arn,
        StatementId="one",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn="arn:aws:events:us-east-1:123456789012:rule/r",
    )
    statement = json.loads(api.get_policy(FunctionName=arn)["Policy"])["Statement"][0]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r"}
    }
    api.remove_permission(FunctionName=arn, StatementId="one")
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.get_policy(FunctionName=arn)


def test_a_payload_that_is_too_large_is_refused(function: Function, client: ClientFactory) -> None:
    with pytest.raises(ClientError, match="RequestTooLargeException"):
        client("lambda").invoke(FunctionName=function(ECHO), Payload=json.dumps("x" * (6 * 1024 * 1024)))


def test_an_answer_that_is_too_large_is_an_error(function: Function, call: Any) -> None:
    answer = call(function("def handler(event, context): return 'x' * (6 * 1024 * 1024)"))
    assert answer["errorType"] == "Function.ResponseSizeTooLarge"


def test_code_can_come_from_a_bucket(
    client: ClientFactory, function: Function, name: str, service_role: Any, call: Any
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="code.zip", Body=package("def handler(event, context): return 'from s3'"))
    arn = client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=service_role("lambda.amazonaws.com"),
        Handler="main.handler",
        Code={"S3Bucket": name, "S3Key": "code.zip"},
    )["FunctionArn"]
    assert call(arn) == "from s3"
    with pytest.raises(ClientError, match="S3 Error Code: NoSuchKey"):
        client("lambda").update_function_code(FunctionName=name, S3Bucket=name, S3Key="other.zip")


def test_a_deleted_function_is_gone(function: Function, client: ClientFactory) -> None:
    arn, api = function(ECHO), client("lambda")
    api.delete_function(FunctionName=arn)
    with pytest.raises(api.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:lambda"):
        api.get_function(FunctionName=arn)


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_topic_reaches_a_function_that_lets_it(
    function: Function, client: ClientFactory, name: str, is_allowed: bool
) -> None:
    sns, logs = client("sns"), client("logs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    arn = function("def handler(event, context): print('got', event['Records'][0]['Sns']['Message'])")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    if is_allowed:
        client("lambda").add_permission(
            FunctionName=arn,
            StatementId="topic",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
            SourceArn=topic,
        )
    sns.publish(TopicArn=topic, Message="alarm")

    def lines() -> list[str]:
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"] if groups else []
        return [event["message"] for event in events]

    if is_allowed:
        eventually(lines, lambda said: "got alarm" in said)
    else:
        time.sleep(1)
        assert lines() == []
