"""DynamoDB."""

from __future__ import annotations

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, pairs


def table(look: Look) -> Json:
    told = look("dynamodb", "describe_table", TableName=look.id)["Table"]
    backups = look("dynamodb", "describe_continuous_backups", TableName=look.id)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    expiry = look("dynamodb", "describe_time_to_live", TableName=look.id)["TimeToLiveDescription"]
    return {
        **told,
        "BillingMode": told["BillingModeSummary"]["BillingMode"],
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        },
        "TimeToLiveSpecification": {
            "AttributeName": expiry.get("AttributeName"),
            "Enabled": expiry["TimeToLiveStatus"] == "ENABLED",
        },
        "Tags": pairs(look("dynamodb", "list_tags_of_resource", ResourceArn=told["TableArn"])["Tags"]),
    }


CASES = [
    Case(
        "AWS::DynamoDB::Table",
        lambda w: {
            "TableName": "fidelity-subject",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            "Tags": TAGS,
        },
        table,
        lambda w: {
            "DeletionProtectionEnabled": None,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
            "Tags": NEW_TAGS,
        },
    ),
]
