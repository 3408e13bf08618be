"""Properties that no describe tells, proven by what they do; and what the providers refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from emulator import aws
from emulator.cloudformation.provider import Created, Provider, ResourceContext, ResourceFailure, provider_of
from emulator.cloudformation.resources.base import ApiProvider, registered
from tests.integration.fidelity.case import World, document

BEHAVIOURS: dict[str, dict[str, str]] = {
    "AWS::KMS::Key": {
        "BypassPolicyLockoutSafetyCheck": "test_a_deleted_key_waits_for_its_pending_window",
        "PendingWindowInDays": "test_a_deleted_key_waits_for_its_pending_window",
    },
    "AWS::ECR::Repository": {"EmptyOnDelete": "test_a_repository_with_images_goes_only_when_told_so"},
    "AWS::SageMaker::Endpoint": {
        "ExcludeRetainedVariantProperties": "test_what_steers_an_endpoint_update_reaches_it",
        "RetainAllVariantProperties": "test_what_steers_an_endpoint_update_reaches_it",
        "RetainDeploymentConfig": "test_what_steers_an_endpoint_update_reaches_it",
    },
}
"""By type and property, the test that stands in for a fidelity case."""


SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def context(world: World) -> ResourceContext:
    return ResourceContext(
        stack_name="behaviours",
        stack_id=f"arn:aws:cloudformation:us-east-1:123456789012:stack/behaviours/{uuid4()}",
        logical_id="Subject",
        account=aws.ACCOUNT,
        region="us-east-1",
        partition="aws",
        tags={},
        token=uuid4().hex,
        client=world.client,
    )


def provider(resource_type: str) -> Provider:
    found = provider_of(resource_type)
    assert found is not None
    return found


Make = Callable[[str, dict[str, Any]], Created]


@pytest.fixture
def make(context: ResourceContext) -> Make:
    return lambda resource_type, properties: provider(resource_type).create(context, properties)


def test_a_provider_that_cannot_delete_is_none() -> None:
    class Half(ApiProvider):
        type = "Test::Half::Provider"

        def make(self, context: ResourceContext, properties: Any) -> str:
            return "made"

    with pytest.raises(TypeError, match=r"abstract method '?remove"):
        registered(Half)
    assert provider_of(Half.type) is None


@pytest.mark.parametrize("name", sorted({test for tests in BEHAVIOURS.values() for test in tests.values()}))
def test_every_behaviour_that_is_named_exists(name: str) -> None:
    assert callable(globals().get(name))


def test_a_deleted_key_waits_for_its_pending_window(
    world: World, context: ResourceContext, make: Make
) -> None:
    properties = {
        "KeyPolicy": document("kms:*", "logs.amazonaws.com"),
        "PendingWindowInDays": 9,
        "BypassPolicyLockoutSafetyCheck": True,
    }
    key = make("AWS::KMS::Key", properties).physical_id
    created = world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]
    provider("AWS::KMS::Key").delete(context, key, properties)
    provider("AWS::KMS::Key").delete(context, key, properties)
    told = world.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    assert told["KeyState"] == "PendingDeletion"
    assert (told["DeletionDate"] - created).days == 9


def test_a_repository_with_images_goes_only_when_told_so(
    world: World, context: ResourceContext, make: Make
) -> None:
    repository = make("AWS::ECR::Repository", {}).physical_id
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": []})
    world.client("ecr").put_image(repositoryName=repository, imageManifest=manifest, imageTag="a")
    with pytest.raises(ClientError, match="RepositoryNotEmpty"):
        provider("AWS::ECR::Repository").delete(context, repository, {})
    provider("AWS::ECR::Repository").delete(context, repository, {"EmptyOnDelete": True})


class Recorder:
    """SageMaker's client, but an update is written down instead of done."""

    def __init__(self, client: Any, serves: str) -> None:
        self.meta, self.updates, self._serves = client.meta, [], serves

    def update_endpoint(self, **request: Any) -> dict[str, Any]:
        self.updates.append(request)
        return {}

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        return {"EndpointStatus": "InService", "EndpointConfigName": self._serves}


def recorded(context: ResourceContext, recorder: Recorder) -> ResourceContext:
    return ResourceContext(**{**vars(context), "client": lambda service: recorder})


STEERED = {
    "EndpointConfigName": "new",
    "RetainAllVariantProperties": "true",
    "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
    "RetainDeploymentConfig": False,
}
ENDPOINT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"


def test_what_steers_an_endpoint_update_reaches_it(world: World, context: ResourceContext) -> None:
    recorder = Recorder(world.client("sagemaker"), "new")
    before = {"EndpointConfigName": "old"}
    provider("AWS::SageMaker::Endpoint").update(recorded(context, recorder), ENDPOINT, before, STEERED)
    assert recorder.updates == [{"EndpointName": "e", **STEERED, "RetainAllVariantProperties": True}]


@pytest.mark.parametrize("notices", ["0", "1"])
def test_a_guardrail_rollback_is_noticed_only_when_told_so(
    world: World, context: ResourceContext, monkeypatch: pytest.MonkeyPatch, notices: str
) -> None:
    monkeypatch.setenv("EMULATOR_CFN_NOTICES_GUARDRAIL_ROLLBACK", notices)
    rolled_back = recorded(context, Recorder(world.client("sagemaker"), "old"))
    before, after = {"EndpointConfigName": "old"}, {"EndpointConfigName": "new"}

    def update() -> Created:
        return provider("AWS::SageMaker::Endpoint").update(rolled_back, ENDPOINT, before, after)

    if notices == "0":
        assert update().physical_id == ENDPOINT
    else:
        with pytest.raises(ResourceFailure, match="rolled back to old"):
            update()


def test_a_property_that_would_be_dropped_is_refused(make: Make) -> None:
    with pytest.raises(ResourceFailure, match="handle property ReplicationConfiguration of AWS::S3::Bucket"):
        make("AWS::S3::Bucket", {"ReplicationConfiguration": {}})


def test_a_nested_property_that_would_be_dropped_is_refused(world: World, make: Make) -> None:
    with pytest.raises(ResourceFailure, match=r"PrimaryContainer\.Colour of AWS::SageMaker::Model"):
        make("AWS::SageMaker::Model", {"PrimaryContainer": {"Colour": "red"}, "ExecutionRoleArn": world.role})


def test_what_a_failed_creation_left_is_deleted(world: World, make: Make) -> None:
    with pytest.raises(ClientError):
        make("AWS::S3::Bucket", {"BucketName": "fidelity-half", "LoggingConfiguration": {
            "DestinationBucketName": "fidelity-no-such-bucket"}})  # fmt: skip
    names = [one["Name"] for one in world.client("s3").list_buckets()["Buckets"]]
    assert "fidelity-half" not in names


def test_a_bucket_that_holds_something_is_not_deleted(
    world: World, context: ResourceContext, make: Make
) -> None:
    bucket = make("AWS::S3::Bucket", {}).physical_id
    world.client("s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    with pytest.raises(ClientError, match="The bucket you tried to delete is not empty"):
        provider("AWS::S3::Bucket").delete(context, bucket, {})


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::S3::Bucket", {"BucketName": "fidelity-world"}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "fidelity-world"}),
        ("AWS::SageMaker::Endpoint", {"EndpointName": "fidelity", "EndpointConfigName": "fidelity-1"}),
    ],
)
def test_a_name_that_is_taken_is_refused(make: Make, resource_type: str, properties: dict[str, Any]) -> None:
    with pytest.raises((ResourceFailure, ClientError), match=r"exist"):
        make(resource_type, properties)


def test_a_bucket_has_one_policy(world: World, make: Make) -> None:
    properties = {"Bucket": make("AWS::S3::Bucket", {}).physical_id, "PolicyDocument": document("s3:*", "x")}
    make("AWS::S3::BucketPolicy", properties)
    with pytest.raises(ResourceFailure, match="bucket policy already exists"):
        make("AWS::S3::BucketPolicy", properties)


def test_a_role_that_others_gave_a_policy_is_not_deleted(
    world: World, context: ResourceContext, make: Make
) -> None:
    properties = {"AssumeRolePolicyDocument": document("sts:AssumeRole", "lambda.amazonaws.com")}
    properties["AssumeRolePolicyDocument"]["Statement"][0].pop("Resource")
    role = make("AWS::IAM::Role", properties).physical_id
    world.client("iam").put_role_policy(
        RoleName=role, PolicyName="theirs", PolicyDocument=json.dumps(document("s3:*"))
    )
    with pytest.raises(ClientError, match="DeleteConflict"):
        provider("AWS::IAM::Role").delete(context, role, properties)


def test_an_update_of_a_queue_leaves_its_policy(world: World, context: ResourceContext, make: Make) -> None:
    queue = make("AWS::SQS::Queue", {"VisibilityTimeout": 5}).physical_id
    make(
        "AWS::SQS::QueuePolicy",
        {"Queues": [queue], "PolicyDocument": document("sqs:*", "events.amazonaws.com")},
    )
    before, after = {"VisibilityTimeout": 5}, {"VisibilityTimeout": 6}
    provider("AWS::SQS::Queue").update(context, queue, before, after)
    told = world.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])
    assert "sqs:*" in told["Attributes"]["Policy"]


def test_a_stack_tag_alone_reaches_the_resource(world: World, context: ResourceContext, make: Make) -> None:
    parameter = make("AWS::SSM::Parameter", {"Type": "String", "Value": "a"}).physical_id
    tagged = ResourceContext(**{**vars(context), "tags": {"cost": "7", "aws:cloudformation:stack-name": "x"}})
    same = {"Type": "String", "Value": "a"}
    provider("AWS::SSM::Parameter").update(tagged, parameter, same, same)
    told = world.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=parameter)
    assert told["TagList"] == [{"Key": "cost", "Value": "7"}]


def test_an_update_of_a_parameter_overwrites_what_was_written_meanwhile(
    world: World, context: ResourceContext, make: Make
) -> None:
    parameter = make("AWS::SSM::Parameter", {"Type": "String", "Value": "a"}).physical_id
    world.client("ssm").put_parameter(Name=parameter, Value="b", Overwrite=True)
    tagged = ResourceContext(**{**vars(context), "tags": {"cost": "7"}})
    same = {"Type": "String", "Value": "a"}
    provider("AWS::SSM::Parameter").update(tagged, parameter, same, same)
    assert world.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"] == "a"


@pytest.mark.parametrize(
    ("resource_type", "physical_id", "operation"),
    [
        ("AWS::S3::Bucket", "fidelity-never", "DeleteBucket"),
        ("AWS::SSM::Parameter", "/fidelity/never", "DeleteParameter"),
        ("AWS::IAM::Role", "fidelity-never", "DeleteRole"),
        ("AWS::Lambda::Function", "fidelity-never", "DeleteFunction"),
        ("AWS::Logs::LogGroup", "fidelity-never", "DeleteLogGroup"),
        ("AWS::SageMaker::Model", f"{SAGEMAKER}:model/never", "DeleteModel"),
        ("AWS::SageMaker::EndpointConfig", f"{SAGEMAKER}:endpoint-config/never", "DeleteEndpointConfig"),
        ("AWS::SageMaker::Endpoint", f"{SAGEMAKER}:endpoint/never", "DeleteEndpoint"),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "endpoint/x/variant/y|sagemaker:variant:DesiredInstanceCount|sagemaker",
            "DeregisterScalableTarget",
        ),
        ("AWS::CloudWatch::Alarm", "fidelity-never", "DeleteAlarms"),
        ("AWS::Events::Rule", "fidelity-never", "ListTargetsByRule"),
        ("AWS::SQS::Queue", "http://localhost/123456789012/fidelity-never", "DeleteQueue"),
    ],
)
def test_what_is_gone_already_is_asked_to_go_and_that_it_is_not_there_is_no_error(
    context: ResourceContext, resource_type: str, physical_id: str, operation: str
) -> None:
    asked: list[str] = []

    def client(service: str) -> Any:
        made = context.client(service)
        made.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
        return made

    watched = ResourceContext(**{**vars(context), "client": client})
    properties = {"Type": "String", "Value": "a", "EndpointConfigName": "x", "PolicyName": "p"}
    provider(resource_type).delete(watched, physical_id, properties)
    assert operation in asked
