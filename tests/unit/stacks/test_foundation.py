"""The foundation stack: what it stores is encrypted, logged and kept, and who may read it."""

from typing import Any

import pytest

from tests.unit.template_values import of_type, only
from tests.unit.training_values import plain

Templates = dict[str, dict[str, Any]]
# Whatever happens to the stack, but for a creation that is rolled back.
KEPT = ("RetainExceptOnCreate", "Retain")
MODEL_OBJECTS = {"DataBucket": "<DataBucket>/models/*", "ArtifactBucket": "<ArtifactBucket>/models/*"}


@pytest.fixture
def foundation(templates: Templates) -> dict[str, Any]:
    return templates["foundation"]


def logical_id(template: dict[str, Any], beginning: str, resource_type: str) -> str:
    [found] = [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == resource_type and name.startswith(beginning)
    ]
    return found


def bucket(template: dict[str, Any], name: str) -> dict[str, Any]:
    return template["Resources"][logical_id(template, name, "AWS::S3::Bucket")]


def policy_of(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Statements of the default policy of the role, with readable resources."""
    policy = template["Resources"][logical_id(template, name, "AWS::IAM::Policy")]
    ids = {logical_id(template, name, "AWS::S3::Bucket"): name for name in MODEL_OBJECTS}
    return [
        {
            **statement,
            "Action": _list(statement["Action"]),
            "Resource": [_readable(plain(arn), ids) for arn in _list(statement["Resource"])],
        }
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _readable(arn: str, ids: dict[str, str]) -> str:
    for logical, name in ids.items():
        arn = arn.replace(f"<{logical}.Arn>", f"<{name}>")
    return arn


def resources_of(statements: list[dict[str, Any]], action: str) -> set[str]:
    return {arn for each in statements if action in each["Action"] for arn in each["Resource"]}


@pytest.mark.parametrize("name", ["DataBucket", "ArtifactBucket"])
def test_data_and_artefacts_are_versioned_encrypted_with_the_key_and_logged(
    foundation: dict[str, Any], name: str
) -> None:
    properties = bucket(foundation, name)["Properties"]
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = logical_id(foundation, "Key", "AWS::KMS::Key")
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
    }
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    logs = logical_id(foundation, "LogBucket", "AWS::S3::Bucket")
    assert properties["LoggingConfiguration"]["DestinationBucketName"] == {"Ref": logs}


@pytest.mark.parametrize("name", ["DataBucket", "ArtifactBucket", "LogBucket"])
def test_every_bucket_is_private_outlives_the_stack_and_keeps_itself_small(
    foundation: dict[str, Any], name: str
) -> None:
    resource = bucket(foundation, name)
    properties = resource["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    kept = ("Retain", "Retain") if name == "LogBucket" else KEPT
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == kept
    assert "BucketName" not in properties
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert any(rule.get("AbortIncompleteMultipartUpload") == {"DaysAfterInitiation": 7} for rule in rules)


@pytest.mark.parametrize("name", ["DataBucket", "ArtifactBucket", "LogBucket"])
def test_every_bucket_refuses_plain_http_and_old_tls(foundation: dict[str, Any], name: str) -> None:
    target = {"Ref": logical_id(foundation, name, "AWS::S3::Bucket")}
    [policy] = [
        each for each in of_type(foundation["Resources"], "AWS::S3::BucketPolicy") if each["Bucket"] == target
    ]
    denied = [each["Condition"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


def test_the_data_bucket_tells_eventbridge_without_any_helper_function(foundation: dict[str, Any]) -> None:
    data, artifacts = (bucket(foundation, name)["Properties"] for name in ("DataBucket", "ArtifactBucket"))
    assert data["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert "NotificationConfiguration" not in artifacts
    assert of_type(foundation["Resources"], "AWS::Lambda::Function") == []


def test_the_key_rotates_outlives_the_stack_and_serves_this_accounts_logs(foundation: dict[str, Any]) -> None:
    key = foundation["Resources"][logical_id(foundation, "Key", "AWS::KMS::Key")]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == KEPT
    [logs] = [
        each
        for each in key["Properties"]["KeyPolicy"]["Statement"]
        if plain(each["Principal"].get("Service", "")).startswith("logs.")
    ]
    context = plain(logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert context == "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*"


def test_every_model_has_a_group_in_the_registry_that_outlives_the_stack(foundation: dict[str, Any]) -> None:
    [group] = [
        each
        for each in foundation["Resources"].values()
        if each["Type"] == "AWS::SageMaker::ModelPackageGroup"
    ]
    assert group["Properties"]["ModelPackageGroupName"] == "lifecycle-dev-house-prices"
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == KEPT
    assert {"Key": "model", "Value": "house-prices"} in group["Properties"]["Tags"]


@pytest.mark.parametrize(("name", "source"), [("TrainingRole", "*"), ("InferenceRole", "*")])
def test_sagemaker_may_assume_a_role_only_for_what_the_role_is_for(
    foundation: dict[str, Any], name: str, source: str
) -> None:
    role = foundation["Resources"][logical_id(foundation, name, "AWS::IAM::Role")]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    arn = plain(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    assert arn == f"arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:{source}"


def test_training_reads_data_and_writes_artefacts(foundation: dict[str, Any]) -> None:
    statements = policy_of(foundation, "TrainingRole")
    assert resources_of(statements, "s3:GetObject") == set(MODEL_OBJECTS.values())
    assert resources_of(statements, "s3:PutObject") == {MODEL_OBJECTS["ArtifactBucket"]}
    assert resources_of(statements, "s3:ListBucket") == {"<DataBucket>", "<ArtifactBucket>"}


def test_an_endpoint_reads_artefacts_and_writes_nothing(foundation: dict[str, Any]) -> None:
    statements = policy_of(foundation, "InferenceRole")
    assert resources_of(statements, "s3:GetObject") == {MODEL_OBJECTS["ArtifactBucket"]}
    actions = {action for each in statements for action in each["Action"]}
    assert {action for action in actions if action.startswith("s3:")} == {"s3:GetObject"}
    assert "kms:GenerateDataKey" not in actions


@pytest.mark.parametrize("name", ["TrainingRole", "InferenceRole"])
def test_the_key_is_granted_on_to_services_only(foundation: dict[str, Any], name: str) -> None:
    [grant] = [each for each in policy_of(foundation, name) if "kms:CreateGrant" in each["Action"]]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_the_command_line_finds_bucket_and_key_in_the_outputs(foundation: dict[str, Any]) -> None:
    assert {"DataBucketName", "ArtifactBucketName", "KeyArn"} <= set(foundation["Outputs"])
    data = logical_id(foundation, "DataBucket", "AWS::S3::Bucket")
    assert foundation["Outputs"]["DataBucketName"]["Value"] == {"Ref": data}


def test_the_alias_is_the_environments(foundation: dict[str, Any]) -> None:
    assert only(foundation["Resources"], "AWS::KMS::Alias")["AliasName"] == "alias/lifecycle-dev"
