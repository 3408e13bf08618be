"""From a request to the IAM action it needs, where the two do not share a name.

Source: the "Actions, resources, and condition keys" pages of the Service Authorization Reference.
"""

from __future__ import annotations

from emulator.edge import Call

PREFIX_BY_SERVICE = {
    "stepfunctions": "states",
    "sagemaker-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "resourcegroupstaggingapi": "tag",
}

_RENAMED = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:HeadObject": "s3:GetObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
}

UNCHECKED = frozenset({"sts:GetCallerIdentity"})
"""Answered to everyone, even against an explicit denial."""


_OF_VERSIONS = {
    "DeleteObject": "s3:DeleteObjectVersion",
    "GetObject": "s3:GetObjectVersion",
    "HeadObject": "s3:GetObjectVersion",
}
"""Of another version than the current one, which the request names."""

_IN_TRANSACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""A transaction has no action of its own: "IAM for transactions" of DynamoDB's developer guide."""


def actions_of(call: Call) -> list[str]:
    """The actions that the request needs: one, or those of what is in a transaction."""
    if call.service == "dynamodb" and call.operation in ("TransactWriteItems", "TransactGetItems"):
        return sorted({_IN_TRANSACTIONS[kind] for item in call.params["TransactItems"] for kind in item})
    return [_action_of(call)]


def _action_of(call: Call) -> str:
    """The action, such as ``sagemaker:InvokeEndpoint``. API Gateway's actions are HTTP methods."""
    if call.service == "apigateway":
        return f"apigateway:{call.request.method}"
    if call.service == "s3" and call.operation in _OF_VERSIONS and "versionId" in call.request.args:
        return _OF_VERSIONS[call.operation]
    prefix = PREFIX_BY_SERVICE.get(call.service, call.service)
    action = f"{prefix}:{call.operation}"
    return _RENAMED.get(action, action)


# (service, operation) -> (path of the role's ARN in the parameters, the service it is passed to)
_PASSED_ROLES: dict[tuple[str, str], tuple[str, str]] = {
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
    ("stepfunctions", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("stepfunctions", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("sagemaker", "CreateTrainingJob"): ("RoleArn", "sagemaker.amazonaws.com"),
    ("sagemaker", "CreateProcessingJob"): ("RoleArn", "sagemaker.amazonaws.com"),
    ("sagemaker", "CreateHyperParameterTuningJob"): (
        "TrainingJobDefinition.RoleArn",
        "sagemaker.amazonaws.com",
    ),
    ("sagemaker", "CreateModel"): ("ExecutionRoleArn", "sagemaker.amazonaws.com"),
    ("cloudformation", "CreateStack"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "UpdateStack"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "DeleteStack"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "CreateChangeSet"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "ContinueUpdateRollback"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", "events.amazonaws.com"),
    ("application-autoscaling", "RegisterScalableTarget"): (
        "RoleARN",
        "sagemaker.application-autoscaling.amazonaws.com",
    ),
    ("scheduler", "CreateSchedule"): ("Target.RoleArn", "scheduler.amazonaws.com"),
    ("scheduler", "UpdateSchedule"): ("Target.RoleArn", "scheduler.amazonaws.com"),
}


def passed_roles(call: Call) -> list[tuple[str, str]]:
    """(role ARN, service it is passed to) of every role that the request hands to a service."""
    if (call.service, call.operation) == ("events", "PutTargets"):
        roles = (target.get("RoleArn") for target in call.params.get("Targets", []))
        return [(role, "events.amazonaws.com") for role in roles if role]
    if (call.service, call.operation) == ("apigateway", "UpdateAccount"):
        operations = call.params.get("patchOperations", [])
        roles = (o.get("value") for o in operations if o.get("path") == "/cloudwatchRoleArn")
        return [(role, "apigateway.amazonaws.com") for role in roles if role]
    path, service = _PASSED_ROLES.get((call.service, call.operation), ("", ""))
    value: object = call.params if path else None
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return [(value, service)] if isinstance(value, str) and value else []
