"""Taking an environment down: in which order, what is kept on purpose, and what stands in the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cli import teardown
from cli.session import CommandError, Session
from tests.unit.cli.conftest import FakeAws, aws_error

STACKS = ["foundation", "training", "inference", "endpoint-b", "endpoint-a", "observability"]


def listed(*names: str, **more: Any) -> Any:
    names = names or tuple(f"lifecycle-dev-{name}" for name in STACKS)
    return {"Stacks": [{"StackName": n, "StackId": f"id:{n}", "StackStatus": "x", **more} for n in names]}


def test_stacks_go_in_the_order_of_what_they_need(session: Session, aws: FakeAws) -> None:
    everything = listed("CDKToolkit", "lifecycle-prod-training", *(f"lifecycle-dev-{n}" for n in STACKS))
    aws.says("cloudformation", "describe_stacks", everything)
    order = [name.removeprefix("lifecycle-dev-") for name in teardown.environment_stacks(session)]
    assert order == ["observability", "endpoint-a", "endpoint-b", "inference", "training", "foundation"]


def test_a_protected_stack_stops_it_before_anything_is_deleted(session: Session, aws: FakeAws) -> None:
    aws.says(
        "cloudformation",
        "describe_stacks",
        listed("lifecycle-dev-training", EnableTerminationProtection=True),
    )
    with pytest.raises(
        CommandError, match=r"^protected from deletion: lifecycle-dev-training\. Lift it first"
    ):
        teardown.destroy(session, lambda _line: None)
    assert aws.asked("delete_stack") == []


def deployed(aws: FakeAws, *resources: tuple[str, str, str]) -> None:
    """One stack with these resources: type, physical id, deletion policy."""
    deleted = {
        "Stacks": [
            {"StackName": "lifecycle-dev-foundation", "StackId": "id", "StackStatus": "DELETE_COMPLETE"}
        ]
    }
    one = listed("lifecycle-dev-foundation")
    aws.says("cloudformation", "describe_stacks", one, one, one, deleted)
    template = {f"R{n}": {"Type": r[0], "DeletionPolicy": r[2]} for n, r in enumerate(resources)}
    aws.says("cloudformation", "get_template", {"TemplateBody": {"Resources": template}})
    summaries = [
        {"LogicalResourceId": f"R{n}", "ResourceType": r[0], "PhysicalResourceId": r[1]}
        for n, r in enumerate(resources)
    ]
    aws.says("cloudformation", "list_stack_resources", {"StackResourceSummaries": summaries})
    aws.says("cloudformation", "delete_stack", {})
    aws.says("ssm", "get_parameters_by_path", {"Parameters": []})
    aws.says("sagemaker", "list_model_package_groups", {"ModelPackageGroupSummaryList": []})


def test_what_functions_remember_of_releases_goes_too(session: Session, aws: FakeAws) -> None:
    deployed(aws)
    remembered = "/lifecycle/dev/house-prices/releases"
    aws.says("ssm", "get_parameters_by_path", {"Parameters": [{"Name": remembered}]})
    aws.says("ssm", "delete_parameter", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("get_parameters_by_path") == [{"Path": "/lifecycle/dev/", "Recursive": True}]
    assert aws.asked("delete_parameter") == [{"Name": remembered}]


def test_what_stacks_retain_is_removed_after_them_and_the_rest_is_left_to_them(
    session: Session, aws: FakeAws
) -> None:
    deployed(
        aws,
        ("AWS::S3::Bucket", "kept", "Retain"),
        ("AWS::S3::Bucket", "deleted-with-the-stack", "Delete"),
        ("AWS::Logs::LogGroup", "/log", "RetainExceptOnCreate"),
        ("AWS::Unheard::Of", "odd", "Retain"),
    )
    aws.says(
        "s3", "list_object_versions", {"Versions": [{"Key": "k", "VersionId": "1"}], "DeleteMarkers": []}
    )
    aws.says("s3", "delete_objects", {})
    aws.says("s3", "delete_bucket", {})
    aws.says("logs", "delete_log_group", {})
    assert teardown.destroy(session, lambda _line: None) == ["AWS::Unheard::Of odd"]
    assert aws.asked("delete_bucket") == [{"Bucket": "kept"}]
    assert aws.asked("delete_objects")[0]["Delete"]["Objects"] == [{"Key": "k", "VersionId": "1"}]
    assert aws.asked("delete_log_group") == [{"logGroupName": "/log"}]
    order = [name for name, _ in aws.calls]
    assert order.index("delete_stack") < order.index("delete_bucket")


def test_a_protected_table_that_outlives_its_stack_is_deleted_too(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::DynamoDB::Table", "trials", "Retain"))
    waited: list[dict[str, str]] = []
    aws.says("dynamodb", "update_table", {})
    aws.says("dynamodb", "get_waiter", lambda **_: SimpleNamespace(wait=lambda **named: waited.append(named)))
    aws.says("dynamodb", "delete_table", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("update_table") == [{"TableName": "trials", "DeletionProtectionEnabled": False}]
    assert waited == aws.asked("delete_table") == [{"TableName": "trials"}]


@pytest.mark.parametrize("code", ["NoSuchBucket", "ResourceNotFoundException"])
def test_what_is_gone_already_is_no_failure(session: Session, aws: FakeAws, code: str) -> None:
    deployed(aws, ("AWS::Logs::LogGroup", "/log", "Retain"))
    aws.says("logs", "delete_log_group", aws_error(code))
    assert teardown.destroy(session, lambda _line: None) == []


def test_what_cannot_be_removed_is_not_passed_over(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::Logs::LogGroup", "/log", "Retain"))
    aws.says("logs", "delete_log_group", aws_error("AccessDeniedException"))
    with pytest.raises(
        CommandError, match=r"^could not be removed: AWS::Logs::LogGroup /log: .*AccessDenied"
    ):
        teardown.destroy(session, lambda _line: None)


def test_what_is_left_is_told_also_where_something_is_refused(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::Unheard::Of", "odd", "Retain"), ("AWS::Logs::LogGroup", "/log", "Retain"))
    aws.says("logs", "delete_log_group", aws_error("AccessDeniedException"))
    with pytest.raises(CommandError, match=r"AWS::Logs::LogGroup /log: .*; AWS::Unheard::Of odd$"):
        teardown.destroy(session, lambda _line: None)


def test_what_is_refused_keeps_nothing_else(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::Logs::LogGroup", "/one", "Retain"), ("AWS::Logs::LogGroup", "/two", "Retain"))
    aws.says("logs", "delete_log_group", aws_error("AccessDeniedException"), {})
    with pytest.raises(CommandError, match="/one: ") as refused:
        teardown.destroy(session, lambda _line: None)
    assert "/two" not in str(refused.value)
    assert aws.asked("delete_log_group") == [{"logGroupName": "/one"}, {"logGroupName": "/two"}]


def test_what_was_never_made_is_passed_over(session: Session, aws: FakeAws) -> None:
    """A foundation stack whose creation failed lists resources without an id."""
    deployed(
        aws,
        ("AWS::SageMaker::ModelPackageGroup", "", "RetainExceptOnCreate"),
        ("AWS::Logs::LogGroup", "/log", "Retain"),
    )
    aws.says("logs", "delete_log_group", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("delete_log_group") == [{"logGroupName": "/log"}]


def test_what_was_removed_is_told_at_the_end_without_what_was_gone_already(
    session: Session, aws: FakeAws
) -> None:
    deployed(
        aws,
        *(("AWS::Logs::LogGroup", f"/{number}", "Retain") for number in range(3)),
        ("AWS::ApiGateway::Account", "account", "Retain"),
    )
    aws.says("logs", "delete_log_group", {}, aws_error("ResourceNotFoundException"), {})
    told: list[str] = []
    assert teardown.destroy(session, told.append) == []
    assert told[-1] == "removed: 1 stacks, 2 AWS::Logs::LogGroup"
    assert not any("ApiGateway" in line for line in told)


def test_what_removed_models_left_goes_too_and_no_other_environments(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::SageMaker::ModelPackageGroup", "lifecycle-dev-houses", "Retain"))
    models = {"lifecycle-dev-houses": "houses", "lifecycle-dev-cut-0123abcd": "cut-by-its-length"}
    groups = [
        {"ModelPackageGroupName": group, "ModelPackageGroupArn": f"arn:{group}"}
        for group in (*models, "their-lifecycle-dev-houses")
    ]
    aws.says("sagemaker", "list_model_package_groups", {"ModelPackageGroupSummaryList": groups})
    tags = {f"arn:{group}": [{"Key": "model", "Value": model}] for group, model in models.items()}
    aws.says("sagemaker", "list_tags", lambda ResourceArn: {"Tags": tags[ResourceArn]})
    aws.says("sagemaker", "list_model_packages", {"ModelPackageSummaryList": []})
    aws.says("sagemaker", "delete_model_package_group", {})
    aws.says("logs", "delete_log_group", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert [one["ModelPackageGroupName"] for one in aws.asked("delete_model_package_group")] == [*models]
    assert [one["logGroupName"] for one in aws.asked("delete_log_group")] == [
        "/aws/sagemaker/Endpoints/dev-cut-by-its-length",
        "/aws/sagemaker/Endpoints/dev-houses",
    ]
    assert aws.asked("list_model_package_groups") == [{"NameContains": "lifecycle-dev-"}]


def test_a_stack_that_cannot_be_deleted_is_told_with_its_reason(session: Session, aws: FakeAws) -> None:
    failed = listed("s", StackStatus="DELETE_FAILED", StackStatusReason="the bucket is not empty")
    aws.says("cloudformation", "describe_stacks", listed("s"), failed)
    aws.says("cloudformation", "delete_stack", {})
    with pytest.raises(CommandError, match=r"^s could not be deleted: the bucket is not empty$"):
        teardown.delete_stack(session, "s")


def holds(aws: FakeAws, *answers: Any) -> None:
    """A retained bucket with one object, and what S3 answers to its deletion, one try after the other."""
    deployed(aws, ("AWS::S3::Bucket", "logs", "Retain"))
    aws.says("s3", "list_object_versions", {"Versions": [{"Key": "k", "VersionId": "1"}]})
    aws.says("s3", "delete_objects", {})
    aws.says("s3", "delete_bucket", *answers)


def test_a_bucket_that_fills_while_it_is_emptied_is_emptied_again(session: Session, aws: FakeAws) -> None:
    holds(aws, aws_error("BucketNotEmpty"), aws_error("BucketNotEmpty"), {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert len(aws.asked("delete_objects")) == len(aws.asked("delete_bucket")) == 3


def test_a_bucket_that_never_stays_empty_is_left_with_the_reason(session: Session, aws: FakeAws) -> None:
    holds(aws, aws_error("BucketNotEmpty"))
    [left] = teardown.destroy(session, lambda _line: None)
    assert left.startswith("AWS::S3::Bucket logs: the bucket logs fills again as fast as it is emptied")
    assert len(aws.asked("delete_bucket")) == teardown.BUCKET_ATTEMPTS


def test_another_failure_of_a_bucket_is_not_tried_again(session: Session, aws: FakeAws) -> None:
    holds(aws, aws_error("AccessDenied"))
    with pytest.raises(CommandError, match="AccessDenied"):
        teardown.destroy(session, lambda _line: None)
    assert len(aws.asked("delete_bucket")) == 1


def test_an_object_that_s3_keeps_is_told(session: Session, aws: FakeAws) -> None:
    holds(aws, {})
    errors = [{"Key": "k", "VersionId": "1", "Code": "AccessDenied", "Message": "Access Denied"}]
    aws.says("s3", "delete_objects", {"Errors": errors})
    [left] = teardown.destroy(session, lambda _line: None)
    assert left.endswith(" 1 objects of the bucket logs could not be deleted: k: AccessDenied Access Denied")
    assert aws.asked("delete_bucket") == []


def test_the_containers_logs_go_with_their_endpoint(session: Session, aws: FakeAws) -> None:
    gone = listed("lifecycle-dev-endpoint-houses")
    gone["Stacks"][0]["StackStatus"] = "DELETE_COMPLETE"
    one = listed("lifecycle-dev-endpoint-houses")
    aws.says("cloudformation", "describe_stacks", one, one, one, gone)
    aws.says("cloudformation", "get_template", {"TemplateBody": {"Resources": {}}})
    aws.says("cloudformation", "list_stack_resources", {"StackResourceSummaries": []})
    aws.says("cloudformation", "delete_stack", {})
    aws.says("ssm", "get_parameters_by_path", {"Parameters": []})
    aws.says("sagemaker", "list_model_package_groups", {"ModelPackageGroupSummaryList": []})
    aws.says("logs", "delete_log_group", aws_error("ResourceNotFoundException"))
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("delete_log_group") == [{"logGroupName": "/aws/sagemaker/Endpoints/dev-houses"}]


def test_the_models_of_a_retained_group_go_first(session: Session, aws: FakeAws) -> None:
    deployed(aws, ("AWS::SageMaker::ModelPackageGroup", "arn:x:model-package-group/g", "Retain"))
    aws.says(
        "sagemaker", "list_model_packages", {"ModelPackageSummaryList": [{"ModelPackageArn": "arn:p/1"}]}
    )
    aws.says("sagemaker", "delete_model_package", {})
    aws.says("sagemaker", "delete_model_package_group", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("delete_model_package") == [{"ModelPackageName": "arn:p/1"}]
    assert aws.asked("delete_model_package_group") == [{"ModelPackageGroupName": "g"}]


@pytest.mark.parametrize(("key_state", "scheduled"), [("Enabled", 1), ("PendingDeletion", 0)])
def test_a_key_is_scheduled_for_deletion_once(
    session: Session, aws: FakeAws, key_state: str, scheduled: int
) -> None:
    deployed(aws, ("AWS::KMS::Key", "key", "Retain"))
    aws.says("kms", "describe_key", {"KeyMetadata": {"KeyState": key_state}})
    aws.says("kms", "schedule_key_deletion", {})
    assert teardown.destroy(session, lambda _line: None) == []
    assert aws.asked("schedule_key_deletion") == [{"KeyId": "key", "PendingWindowInDays": 7}] * scheduled


def everything(aws: FakeAws, count: int) -> None:
    """An account with ``count`` of each kind of thing that costs money, and of those that do not."""
    some = range(count)
    aws.says("sagemaker", "list_endpoints", {"Endpoints": [{"EndpointName": "e"} for _ in some]})
    aws.says(
        "sagemaker", "list_training_jobs", {"TrainingJobSummaries": [{"TrainingJobName": "t"} for _ in some]}
    )
    aws.says("s3", "list_buckets", {"Buckets": [{"Name": "b"} for _ in some]})
    aws.says("dynamodb", "list_tables", {"TableNames": ["table" for _ in some]})
    keys = [*(["own"] if count else []), "aws", "ending"]
    aws.says("kms", "list_keys", {"Keys": [{"KeyId": key} for key in keys]})
    state = {
        "own": ("CUSTOMER", "Enabled"),
        "aws": ("AWS", "Enabled"),
        "ending": ("CUSTOMER", "PendingDeletion"),
    }
    aws.says(
        "kms",
        "describe_key",
        lambda KeyId: {"KeyMetadata": dict(zip(("KeyManager", "KeyState"), state[KeyId], strict=True))},
    )
    aws.says(
        "cloudwatch",
        "describe_alarms",
        {
            "MetricAlarms": [{"AlarmName": "m"} for _ in some],
            "CompositeAlarms": [{"AlarmName": "c"} for _ in some],
        },
    )
    aws.says("cloudwatch", "list_dashboards", {"DashboardEntries": [{"DashboardName": "d"} for _ in some]})
    aws.says("ecr", "describe_repositories", {"repositories": [{"repositoryName": "r"} for _ in some]})


def test_each_kind_of_cost_that_is_left_is_found(session: Session, aws: FakeAws) -> None:
    everything(aws, 1)
    assert list(teardown.costs_left(session)) == [
        "endpoint e",
        "running training job t",
        "bucket b",
        "table table",
        "key own",
        "alarm m",
        "alarm c",
        "dashboard d",
        "image repository r",
    ]


def test_an_account_without_costs_has_none(session: Session, aws: FakeAws) -> None:
    everything(aws, 0)
    assert list(teardown.costs_left(session)) == []
