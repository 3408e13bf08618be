"""S3, KMS, IAM, ECR, SSM."""

from __future__ import annotations

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, document, pairs, trust


def bucket(look: Look) -> Json:
    def get(operation: str) -> Json:
        return look.or_nothing("s3", f"get_{operation}", Bucket=look.id)

    encryption = get("bucket_encryption")["ServerSideEncryptionConfiguration"]["Rules"][0]
    default = encryption["ApplyServerSideEncryptionByDefault"]
    logging = get("bucket_logging").get("LoggingEnabled", {})
    notifications = get("bucket_notification_configuration")
    grants = [grant["Permission"] for grant in get("bucket_acl")["Grants"]]
    lifecycle = get("bucket_lifecycle_configuration")["Rules"]
    return {
        "BucketName": look.id,
        "AccessControl": "Private" if grants == ["FULL_CONTROL"] else grants,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": encryption["BucketKeyEnabled"]}
            ]
        },
        "PublicAccessBlockConfiguration": get("public_access_block").get("PublicAccessBlockConfiguration"),
        "VersioningConfiguration": get("bucket_versioning"),
        "LifecycleConfiguration": {"Rules": [rule(one) for one in lifecycle]},
        "LoggingConfiguration": {
            "DestinationBucketName": logging.get("TargetBucket"),
            "LogFilePrefix": logging.get("TargetPrefix"),
        },
        "NotificationConfiguration": {
            "EventBridgeConfiguration": {"EventBridgeEnabled": "EventBridgeConfiguration" in notifications},
            "QueueConfigurations": [
                {"Queue": one["QueueArn"], "Event": one["Events"][0]}
                for one in notifications.get("QueueConfigurations", [])
            ],
        },
        "OwnershipControls": get("bucket_ownership_controls").get("OwnershipControls"),
        "CorsConfiguration": {"CorsRules": [
            {**one, "MaxAge": one.get("MaxAgeSeconds"), "Id": one.get("ID")}
            for one in get("bucket_cors").get("CORSRules", [])
        ]},
        "Tags": pairs(get("bucket_tagging").get("TagSet")),
    }  # fmt: skip


def rule(told: Json) -> Json:
    """A life-cycle rule in CloudFormation's words."""
    condition = told["Filter"].get("And", told["Filter"])
    tags = condition.get("Tags", [condition["Tag"]] if "Tag" in condition else [])
    return {
        **told,
        "Id": told.get("ID"),
        "Prefix": condition.get("Prefix"),
        "TagFilters": tags,
        "ExpirationInDays": told.get("Expiration", {}).get("Days"),
        "Transitions": [{**one, "TransitionInDays": one["Days"]} for one in told.get("Transitions", [])],
        "NoncurrentVersionTransitions": [
            {**one, "TransitionInDays": one["NoncurrentDays"]}
            for one in told.get("NoncurrentVersionTransitions", [])
        ],
    }


def key(look: Look) -> Json:
    metadata = look("kms", "describe_key", KeyId=look.id)["KeyMetadata"]
    rotation = look("kms", "get_key_rotation_status", KeyId=look.id)
    return {
        **metadata,
        "KeyPolicy": look("kms", "get_key_policy", KeyId=look.id, PolicyName="default")["Policy"],
        "EnableKeyRotation": rotation["KeyRotationEnabled"],
        "RotationPeriodInDays": rotation.get("RotationPeriodInDays"),
        "Tags": pairs(look("kms", "list_resource_tags", KeyId=look.id)["Tags"]),
    }


def role(look: Look) -> Json:
    def listed(operation: str, member: str) -> list[Json]:
        return look("iam", operation, RoleName=look.id)[member]

    described = look("iam", "get_role", RoleName=look.id)["Role"]
    return {
        **described,
        "PermissionsBoundary": described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "ManagedPolicyArns": [
            one["PolicyArn"] for one in listed("list_attached_role_policies", "AttachedPolicies")
        ],
        "Policies": [
            look("iam", "get_role_policy", RoleName=look.id, PolicyName=name)
            for name in listed("list_role_policies", "PolicyNames")
        ],
        "Tags": pairs(listed("list_role_tags", "Tags")),
    }


def inline_policy(look: Look) -> Json:
    def holds(kind: str) -> bool:
        listed = look("iam", f"list_{kind.lower()}_policies", **{f"{kind}Name": "fidelity"})
        return look.id in listed["PolicyNames"]

    told = look("iam", "get_role_policy", RoleName="fidelity", PolicyName=look.id)
    holders = {f"{kind}s": ["fidelity"] for kind in ("Role", "User", "Group") if holds(kind)}
    return {"PolicyName": look.id, "PolicyDocument": told["PolicyDocument"], **holders}


def managed_policy(look: Look) -> Json:
    described = look("iam", "get_policy", PolicyArn=look.id)["Policy"]
    version = look(
        "iam", "get_policy_version", PolicyArn=look.id, VersionId=described["DefaultVersionId"]
    )["PolicyVersion"]  # fmt: skip
    held = look("iam", "list_entities_for_policy", PolicyArn=look.id)
    return {
        **described,
        "ManagedPolicyName": described["PolicyName"],
        "PolicyDocument": version["Document"],
        "Roles": [one["RoleName"] for one in held["PolicyRoles"]],
        "Users": [one["UserName"] for one in held["PolicyUsers"]],
        "Groups": [one["GroupName"] for one in held["PolicyGroups"]],
    }


def repository(look: Look) -> Json:
    described = look("ecr", "describe_repositories", repositoryNames=[look.id])["repositories"][0]
    lifecycle = look.or_nothing("ecr", "get_lifecycle_policy", repositoryName=look.id)
    policy = look.or_nothing("ecr", "get_repository_policy", repositoryName=look.id)
    tags = look("ecr", "list_tags_for_resource", resourceArn=described["repositoryArn"])["tags"]
    return {
        **described,
        "LifecyclePolicy": {"LifecyclePolicyText": lifecycle.get("lifecyclePolicyText")},
        "RepositoryPolicyText": policy.get("policyText"),
        "Tags": pairs(tags),
    }


def parameter(look: Look) -> Json:
    value = look("ssm", "get_parameter", Name=look.id)["Parameter"]
    filters = [{"Key": "Name", "Values": [look.id]}]
    metadata = look("ssm", "describe_parameters", ParameterFilters=filters)["Parameters"][0]
    tags = look("ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=look.id)["TagList"]
    return {**metadata, **value, "Tags": {tag["Key"]: tag["Value"] for tag in tags}}


EXPIRE = (
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed",'
    '"countUnit":"days","countNumber":365},"action":{"type":"expire"}}]}'
)

CASES = [
    Case(
        "AWS::S3::Bucket",
        lambda w: {
            "BucketName": "fidelity-subject",
            "AccessControl": "Private",
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": w.key},
                        "BucketKeyEnabled": True,
                    }
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "old",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    },
                    {
                        "Id": "logs",
                        "Status": "Enabled",
                        "Prefix": "logs/",
                        "TagFilters": [{"Key": "keep", "Value": "no"}],
                        "ExpirationInDays": 90,
                        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}],
                        "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 40}],
                    },
                ]
            },
            "LoggingConfiguration": {"DestinationBucketName": w.log_bucket, "LogFilePrefix": "here/"},
            "NotificationConfiguration": {
                "EventBridgeConfiguration": {"EventBridgeEnabled": True},
                "QueueConfigurations": [{"Queue": w.queue, "Event": "s3:ObjectCreated:*"}],
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
            "CorsConfiguration": {
                "CorsRules": [{"Id": "web", "AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]
            },
            "Tags": TAGS,
        },
        bucket,
        lambda w: {
            "VersioningConfiguration": {"Status": "Suspended"},
            "LifecycleConfiguration": {"Rules": [{"Id": "one", "Status": "Enabled", "ExpirationInDays": 1}]},
            "LoggingConfiguration": {"DestinationBucketName": w.log_bucket, "LogFilePrefix": "there/"},
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": False}},
            "CorsConfiguration": None,
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::S3::BucketPolicy",
        lambda w: {
            "Bucket": w.bucket,
            "PolicyDocument": document("s3:GetObject", "logging.s3.amazonaws.com"),
        },
        lambda look: {
            "Bucket": look.id,
            "PolicyDocument": look("s3", "get_bucket_policy", Bucket=look.id)["Policy"],
        },
        lambda w: {"PolicyDocument": document("s3:PutObject", "logging.s3.amazonaws.com")},
    ),
    Case(
        "AWS::KMS::Key",
        lambda w: {
            "Description": "a key",
            "EnableKeyRotation": True,
            "RotationPeriodInDays": 180,
            "Enabled": True,
            "KeyPolicy": document("kms:*", "logs.amazonaws.com"),
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": True,
            "Tags": TAGS,
        },
        key,
        lambda w: {
            "Description": "another",
            "KeyPolicy": document("kms:Decrypt", "sns.amazonaws.com"),
            "RotationPeriodInDays": None,
            "EnableKeyRotation": False,
            "Enabled": False,
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::KMS::Alias",
        lambda w: {"AliasName": "alias/fidelity-subject", "TargetKeyId": w.key.rsplit("/", 1)[-1]},
        lambda look: next(
            one for one in look("kms", "list_aliases")["Aliases"] if one["AliasName"] == look.id
        ),
    ),
    Case(
        "AWS::IAM::Role",
        lambda w: {
            "RoleName": "fidelity-subject",
            "Path": "/service/",
            "Description": "a role",
            "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
            "MaxSessionDuration": 7200,
            "PermissionsBoundary": w.boundary,
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "Policies": [{"PolicyName": "in", "PolicyDocument": document("s3:GetObject")}],
            "Tags": TAGS,
        },
        role,
        lambda w: {
            "Description": "another",
            "AssumeRolePolicyDocument": trust("events.amazonaws.com"),
            "MaxSessionDuration": 3600,
            "PermissionsBoundary": None,
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
            "Policies": [{"PolicyName": "in2", "PolicyDocument": document("s3:PutObject")}],
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::IAM::Policy",
        lambda w: {
            "PolicyName": "fidelity-inline",
            "PolicyDocument": document("s3:GetObject"),
            "Roles": ["fidelity"],
            "Users": ["fidelity"],
            "Groups": ["fidelity"],
        },
        inline_policy,
        lambda w: {"PolicyDocument": document("s3:PutObject"), "Users": None, "Groups": None},
    ),
    Case(
        "AWS::IAM::ManagedPolicy",
        lambda w: {
            "ManagedPolicyName": "fidelity-managed",
            "Description": "a policy",
            "Path": "/mine/",
            "PolicyDocument": document("s3:GetObject"),
            "Roles": ["fidelity"],
            "Users": ["fidelity"],
            "Groups": ["fidelity"],
        },
        managed_policy,
        lambda w: {"PolicyDocument": document("s3:PutObject"), "Users": None, "Groups": None},
    ),
    Case(
        "AWS::ECR::Repository",
        lambda w: {
            "RepositoryName": "fidelity-subject",
            "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": w.key},
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "ImageTagMutability": "IMMUTABLE",
            "LifecyclePolicy": {"LifecyclePolicyText": EXPIRE},
            "RepositoryPolicyText": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "pull",
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": ["ecr:BatchGetImage"],
                    }
                ],
            },
            "Tags": TAGS,
        },
        repository,
        lambda w: {
            "ImageScanningConfiguration": {"ScanOnPush": False},
            "ImageTagMutability": "MUTABLE",
            "LifecyclePolicy": {"LifecyclePolicyText": EXPIRE.replace("365", "30")},
            "RepositoryPolicyText": None,
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::SSM::Parameter",
        lambda w: {
            "Name": "/fidelity/subject",
            "Type": "String",
            "Value": "abc",
            "Description": "a parameter",
            "AllowedPattern": "[a-z]+",
            "DataType": "text",
            "Tier": "Standard",
            "Tags": {"team": "ml"},
        },
        parameter,
        lambda w: {"Value": "abcd", "Description": "another", "Tags": {"team": "data"}},
    ),
]
