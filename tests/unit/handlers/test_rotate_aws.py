"""The rotate function's calls of AWS, checked against the services' models, and its reading of errors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from tests.unit.handlers.rotation_world import GROUP, arn

Load = Callable[[str], ModuleType]
STACK = "lifecycle-dev-endpoint-house-prices"
NOW = datetime.now(UTC)


@pytest.fixture
def aws(load: Load) -> ModuleType:
    return load("rotate.aws")


@pytest.fixture
def stubbed(aws: ModuleType) -> Iterator[Callable[[str], Stubber]]:
    stubs: list[Stubber] = []

    def stub(client: str) -> Stubber:
        stubs.append(Stubber(getattr(aws, client)))
        stubs[-1].activate()
        return stubs[-1]

    yield stub
    for used in stubs:
        used.deactivate()
        used.assert_no_pending_responses()


def test_an_update_keeps_template_and_values_and_passes_the_role(aws: ModuleType, stubbed: Any) -> None:
    stubbed("_CLOUDFORMATION").add_response(
        "update_stack",
        {"StackId": "s"},
        {
            "StackName": STACK,
            "UsePreviousTemplate": True,
            "RoleARN": "arn:aws:iam::123456789012:role/release",
            "Parameters": [
                {"ParameterKey": "ChallengerTraffic", "UsePreviousValue": True},
                {"ParameterKey": "ChampionPackage", "ParameterValue": ""},
            ],
            "ClientRequestToken": "park-1-2",
        },
    )
    known = {"ChampionPackage": arn(1), "ChallengerTraffic": "0"}
    aws.update_stack(
        STACK, "arn:aws:iam::123456789012:role/release", known, {"ChampionPackage": ""}, "park-1-2"
    )


def test_a_stack_is_read(aws: ModuleType, stubbed: Any) -> None:
    described: dict[str, Any] = {
        "StackName": STACK,
        "CreationTime": NOW,
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [{"ParameterKey": "ChampionPackage", "ParameterValue": arn(1)}],
        "Outputs": [{"OutputKey": "RollbackAlarms", "OutputValue": "a,b"}],
    }
    stubbed("_CLOUDFORMATION").add_response("describe_stacks", {"Stacks": [described]}, {"StackName": STACK})
    stack = aws.stack(STACK)
    assert (stack.champion, stack.is_busy, stack.outputs) == (arn(1), False, {"RollbackAlarms": "a,b"})
    assert stack.created == NOW


@pytest.mark.parametrize(
    ("client", "operation", "code", "message", "ask"),
    [
        ("_CLOUDFORMATION", "describe_stacks", "ValidationError", "Stack with id x does not exist", "stack"),
        (
            "_SAGEMAKER",
            "describe_endpoint",
            "ValidationException",
            'Could not find endpoint "x".',
            "endpoint_status",
        ),
        (
            "_SAGEMAKER",
            "describe_model_package",
            "ValidationException",
            f"ModelPackage {arn(9)} does not exist.",
            "package",
        ),
    ],
)
def test_what_does_not_exist_is_none(
    aws: ModuleType, stubbed: Any, client: str, operation: str, code: str, message: str, ask: str
) -> None:
    stubbed(client).add_client_error(operation, code, message)
    assert getattr(aws, ask)("x") is None


@pytest.mark.parametrize(
    ("client", "operation", "ask"),
    [
        ("_CLOUDFORMATION", "describe_stacks", "stack"),
        ("_SAGEMAKER", "describe_endpoint", "endpoint_status"),
        ("_SAGEMAKER", "describe_model_package", "package"),
    ],
)
def test_other_errors_are_raised(
    aws: ModuleType, stubbed: Any, client: str, operation: str, ask: str
) -> None:
    stubbed(client).add_client_error(operation, "AccessDenied", "not authorized")
    with pytest.raises(ClientError, match="not authorized"):
        getattr(aws, ask)("x")


def test_the_newest_approved_package_may_stand_on_a_later_page(aws: ModuleType, stubbed: Any) -> None:
    registry = stubbed("_SAGEMAKER")
    asked = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
    }
    summary = {
        "ModelPackageArn": arn(2),
        "CreationTime": 0,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
    }
    registry.add_response("list_model_packages", {"ModelPackageSummaryList": [], "NextToken": "n"}, asked)
    registry.add_response(
        "list_model_packages", {"ModelPackageSummaryList": [summary]}, {**asked, "NextToken": "n"}
    )
    registry.add_response("describe_model_package", described(2), {"ModelPackageName": arn(2)})
    assert aws.newest_approved(GROUP).is_usable


def described(version: int, description: str = "") -> dict[str, Any]:
    return {
        "ModelPackageName": GROUP,
        "ModelPackageGroupName": GROUP,
        "ModelPackageArn": arn(version),
        "CreationTime": 0,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": "Approved",
        "ApprovalDescription": description,
    }


def test_what_was_approved_for_a_trial_is_no_release(aws: ModuleType, stubbed: Any) -> None:
    registry = stubbed("_SAGEMAKER")
    common = {"CreationTime": 0, "ModelPackageStatus": "Completed", "ModelApprovalStatus": "Approved"}
    summaries = [{"ModelPackageArn": arn(version), **common} for version in (3, 2)]
    registry.add_response("list_model_packages", {"ModelPackageSummaryList": summaries})
    registry.add_response("describe_model_package", described(3, "on trial"), {"ModelPackageName": arn(3)})
    registry.add_response("describe_model_package", described(2), {"ModelPackageName": arn(2)})
    assert aws.newest_approved(GROUP).arn == arn(2)


def test_the_newest_to_try_is_not_rejected_and_newer_than_the_champion(aws: ModuleType, stubbed: Any) -> None:
    registry = stubbed("_SAGEMAKER")
    statuses = {11: "Rejected", 10: "PendingManualApproval", 9: "Approved", 2: "PendingManualApproval"}
    summaries = [
        {
            "ModelPackageArn": arn(version),
            "CreationTime": 0,
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": status,
        }
        for version, status in statuses.items()
    ]
    registry.add_response("list_model_packages", {"ModelPackageSummaryList": summaries})
    registry.add_response("describe_model_package", described(10), {"ModelPackageName": arn(10)})
    assert aws.newest_triable(GROUP, arn(9)).arn == arn(10)
    for champion, listed in ((10, summaries[:2]), (3, summaries[3:])):  # 3 is in the registry no more
        registry.add_response("list_model_packages", {"ModelPackageSummaryList": listed})
        assert aws.newest_triable(GROUP, arn(champion)) is None


def event(name: str, status: str, reason: str = "", token: str = "t", at: int = 0) -> dict[str, Any]:
    return {
        "StackId": "stack",
        "EventId": name,
        "StackName": STACK,
        "Timestamp": datetime.fromtimestamp(at, UTC),
        "LogicalResourceId": name,
        "PhysicalResourceId": name,
        "ResourceType": "AWS::CloudFormation::Stack" if name == "stack" else "AWS::SageMaker::Model",
        "ResourceStatus": status,
        **({"ResourceStatusReason": reason} if reason else {}),
        **({"ClientRequestToken": token} if token else {}),
    }


def failure_of(aws: ModuleType, reason: str, at: int, *later: str) -> Any:
    return aws.Failure(reason, datetime.fromtimestamp(at, UTC), later)


def test_the_last_update_is_named_by_its_first_event_whatever_continued_its_roll_back(
    aws: ModuleType, stubbed: Any
) -> None:
    pages = [
        [
            event("stack", "UPDATE_ROLLBACK_COMPLETE", token="mend-none-3"),
            event("e", "UPDATE_IN_PROGRESS", token="mend"),
        ],
        [
            event("stack", "UPDATE_IN_PROGRESS", token="resize-change-2"),
            event("stack", "UPDATE_IN_PROGRESS", token="old-1"),
        ],
    ]
    events = stubbed("_CLOUDFORMATION")
    events.add_response("describe_stack_events", {"StackEvents": pages[0], "NextToken": "n"})
    events.add_response("describe_stack_events", {"StackEvents": pages[1]})
    assert aws.last_update(STACK) == "resize-change-2"
    unnamed = event("stack", "UPDATE_IN_PROGRESS", token="")
    events.add_response("describe_stack_events", {"StackEvents": [unnamed]})
    assert aws.last_update(STACK) == ""
    events.add_response("describe_stack_events", {"StackEvents": []})
    assert aws.last_update(STACK) == ""


def test_the_first_resource_that_failed_by_itself_is_the_reason(aws: ModuleType, stubbed: Any) -> None:
    newest_first = [
        event("stack", "UPDATE_ROLLBACK_FAILED", "all"),
        event("D", "UPDATE_FAILED", "the second", at=8),
        event("B", "UPDATE_FAILED", "Resource update cancelled", at=7),
        event("A", "UPDATE_FAILED", "no capacity", at=6),
        event("stack", "UPDATE_FAILED", "the stack itself"),
        event("C", "UPDATE_FAILED", "of another update", "u"),
        event("stack", "UPDATE_IN_PROGRESS", "asked for"),
    ]
    events = stubbed("_CLOUDFORMATION")
    for page in (newest_first[:2], newest_first[2:]):
        more = {"NextToken": "n"} if page == newest_first[:2] else {}
        events.add_response("describe_stack_events", {"StackEvents": page, **more})
    assert aws.failure(STACK, "t") == failure_of(aws, "A: no capacity", 6)


def test_the_updates_that_followed_a_failed_one_are_named_unless_they_were_rolled_back(
    aws: ModuleType, stubbed: Any
) -> None:
    newest_first = [
        event("stack", "UPDATE_IN_PROGRESS", token="release-4-4"),
        event("stack", "UPDATE_ROLLBACK_IN_PROGRESS", token="release-3-3"),
        event("stack", "UPDATE_IN_PROGRESS", token="release-3-3"),
        event("stack", "UPDATE_IN_PROGRESS", token=""),
        event("A", "UPDATE_FAILED", "no capacity", at=6),
        event("stack", "UPDATE_IN_PROGRESS"),
    ]
    stubbed("_CLOUDFORMATION").add_response("describe_stack_events", {"StackEvents": newest_first})
    assert aws.failure(STACK, "t") == failure_of(aws, "A: no capacity", 6, "release-4-4", "")


def test_no_page_is_read_from_before_the_update_that_failed(aws: ModuleType, stubbed: Any) -> None:
    begins = event("stack", "UPDATE_IN_PROGRESS")
    stubbed("_CLOUDFORMATION").add_response(
        "describe_stack_events", {"StackEvents": [begins], "NextToken": "older"}
    )
    assert aws.failure(STACK, "t") is None


def test_a_stack_that_was_deleted_since_tells_of_no_failure(aws: ModuleType, stubbed: Any) -> None:
    stubbed("_CLOUDFORMATION").add_client_error(
        "describe_stack_events", "ValidationError", f"Stack [{STACK}] does not exist"
    )
    assert aws.failure(STACK, "t") is None


def test_an_event_of_the_stack_may_lack_whatever_the_api_calls_optional(
    aws: ModuleType, stubbed: Any
) -> None:
    required = ("EventId", "StackId", "StackName", "Timestamp")
    bare = {key: value for key, value in event("A", "UPDATE_FAILED").items() if key in required}
    of_update = [bare | {"ClientRequestToken": "t", "ResourceStatus": "UPDATE_FAILED"}, bare]
    begins = event("stack", "UPDATE_IN_PROGRESS")
    events = stubbed("_CLOUDFORMATION")
    for _ in range(2):
        events.add_response("describe_stack_events", {"StackEvents": [*of_update, begins]})
    assert aws.failure(STACK, "t") == failure_of(aws, ": UPDATE_FAILED", 0)
    assert aws.last_update(STACK) == "t"


def test_only_alarms_in_alarm_are_asked_for(aws: ModuleType, stubbed: Any) -> None:
    stubbed("_CLOUDWATCH").add_response(
        "describe_alarms",
        {"MetricAlarms": [{"AlarmName": "a"}], "CompositeAlarms": [{"AlarmName": "b"}]},
        {
            "AlarmNames": ["a", "b", "c"],
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "StateValue": "ALARM",
        },
    )
    assert aws.alarming(["a", "b", "c"]) == ("a", "b")


def test_without_alarms_none_are_asked_for(aws: ModuleType) -> None:
    assert aws.alarming([]) == ()


def test_a_rejection_says_why(load: Load, aws: ModuleType, stubbed: Any) -> None:
    stubbed("_SAGEMAKER").add_response(
        "update_model_package",
        {"ModelPackageArn": arn(2)},
        {"ModelPackageArn": arn(2), "ModelApprovalStatus": "Rejected", "ApprovalDescription": "rolled back"},
    )
    aws.judge(load("rotate.state").Verdict(arn(2), "Rejected", "rolled back"))


def test_the_parked_parameter_is_replaced(aws: ModuleType, stubbed: Any) -> None:
    ssm = stubbed("_SSM")
    ssm.add_response("put_parameter", {}, {"Name": "/p", "Value": "-", "Type": "String", "Overwrite": True})
    written = {"Parameter": {"Value": "-", "LastModifiedDate": NOW}}
    for _ in range(3):
        ssm.add_response("get_parameter", written, {"Name": "/p"})
    aws.write_parameter("/p", "-")
    assert aws.parameter("/p") == "-"
    assert aws.parameter("/p", of=NOW) == "-"
    assert aws.parameter("/p", of=NOW + timedelta(seconds=1)) is None


VARIANTS = [{"VariantName": "champion"}, {"VariantName": "challenger"}]


def endpoint(created: datetime, modified: datetime, **more: Any) -> dict[str, Any]:
    return {
        "EndpointName": "e",
        "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e",
        "EndpointStatus": "InService",
        "CreationTime": created,
        "LastModifiedTime": modified,
        **more,
    }


def test_usage_sums_the_invocations_of_all_variants(aws: ModuleType, stubbed: Any) -> None:
    old = NOW - timedelta(hours=30)
    stubbed("_SAGEMAKER").add_response(
        "describe_endpoint", endpoint(old, NOW - timedelta(hours=20), ProductionVariants=VARIANTS)
    )
    results = [{"Id": "variant0", "Values": [2.0, 1.0]}, {"Id": "variant1", "Values": [4.0]}]
    asked = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
    metrics = stubbed("_CLOUDWATCH")
    metrics.add_response("get_metric_data", {"MetricDataResults": results, "NextToken": "more"}, asked)
    metrics.add_response(
        "get_metric_data", {"MetricDataResults": results[1:]}, {**asked, "NextToken": "more"}
    )
    usage = aws.usage("e", 6)
    assert (round(usage.unchanged_hours), usage.invocations) == (20, 11)


def test_usage_looks_back_for_the_hours_asked_for(aws: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a full five minutes, so that no value is cut off at the beginning."""
    seen: dict[str, Any] = {}

    class Pages:
        def paginate(self, **asked: Any) -> list[Any]:
            seen.update(asked)
            return []

    described = endpoint(NOW, NOW, ProductionVariants=VARIANTS)
    monkeypatch.setattr(aws._SAGEMAKER, "describe_endpoint", lambda **_: described)
    monkeypatch.setattr(aws._CLOUDWATCH, "get_paginator", lambda _: Pages())
    aws.usage("e", 6)
    back = seen["EndTime"] - seen["StartTime"]
    assert timedelta(hours=6) <= back < timedelta(hours=6, minutes=5)
    assert seen["StartTime"].timestamp() % 300 == 0
    stats = [query["MetricStat"] for query in seen["MetricDataQueries"]]
    assert [stat["Metric"]["Dimensions"][1]["Value"] for stat in stats] == ["champion", "challenger"]
    assert {(stat["Metric"]["MetricName"], stat["Stat"]) for stat in stats} == {("Invocations", "Sum")}


def test_an_endpoint_that_is_not_there_has_no_usage(aws: ModuleType, stubbed: Any) -> None:
    stubbed("_SAGEMAKER").add_client_error(
        "describe_endpoint", "ValidationException", 'Could not find endpoint "e".'
    )
    assert aws.usage("e", 6) is None


def test_what_else_goes_wrong_in_reading_usage_is_raised(aws: ModuleType, stubbed: Any) -> None:
    stubbed("_SAGEMAKER").add_client_error("describe_endpoint", "AccessDeniedException", "not authorized")
    with pytest.raises(ClientError, match="not authorized"):
        aws.usage("e", 6)
