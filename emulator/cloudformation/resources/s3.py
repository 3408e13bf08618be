"""AWS::S3: buckets and their policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, changed, registered
from emulator.cloudformation.resources.requests import truth

_CANNED_ACLS = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
}


def renamed(value: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """``value`` with some keys renamed; the others stay, so that the API refuses those it does not know."""
    return {names.get(key, key): item for key, item in value.items()}


def encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    """BucketEncryption as PutBucketEncryption takes it."""
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [renamed(rule, names) for rule in value["ServerSideEncryptionConfiguration"]]}


def lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    """LifecycleConfiguration as PutBucketLifecycleConfiguration takes it."""
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(value: Mapping[str, Any]) -> dict[str, Any]:
    rule = dict(value)
    expiration = {
        api: rule.pop(property_)
        for property_, api in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if property_ in rule
    }
    if expiration:
        rule["Expiration"] = expiration
    transitions = [*rule.pop("Transitions", []), *_one(rule.pop("Transition", None))]
    if transitions:
        names = {"TransitionInDays": "Days", "TransitionDate": "Date"}
        rule["Transitions"] = [renamed(item, names) for item in transitions]
    noncurrent = [
        *rule.pop("NoncurrentVersionTransitions", []),
        *_one(rule.pop("NoncurrentVersionTransition", None)),
    ]
    if noncurrent:
        names = {"TransitionInDays": "NoncurrentDays"}
        rule["NoncurrentVersionTransitions"] = [renamed(item, names) for item in noncurrent]
    if "NoncurrentVersionExpirationInDays" in rule:
        days = rule.pop("NoncurrentVersionExpirationInDays")
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    rule["Filter"] = _lifecycle_filter(rule)
    return rule


def _lifecycle_filter(rule: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {
        name: rule.pop(name)
        for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
        if name in rule
    }
    tags = rule.pop("TagFilters", [])
    if tags:
        conditions["Tags"] = tags
    if not conditions:
        return {"Prefix": ""}
    if len(conditions) > 1 or len(tags) > 1:
        return {"And": conditions}
    return {"Tag": tags[0]} if tags else conditions


def _one(item: Any) -> list[Any]:
    return [] if item is None else [item]


def logging(value: Mapping[str, Any]) -> dict[str, Any]:
    """LoggingConfiguration as PutBucketLogging takes it."""
    names = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
    enabled = renamed(value, names)
    enabled.setdefault("TargetPrefix", "")
    return {"LoggingEnabled": enabled}


_NOTIFICATION_TARGETS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", {"Function": "LambdaFunctionArn"}),
    "QueueConfigurations": ("QueueConfigurations", {"Queue": "QueueArn"}),
    "TopicConfigurations": ("TopicConfigurations", {"Topic": "TopicArn"}),
}


def notifications(value: Mapping[str, Any]) -> dict[str, Any]:
    """NotificationConfiguration as PutBucketNotificationConfiguration takes it."""
    rest = dict(value)
    bridge = rest.pop("EventBridgeConfiguration", None)
    configuration: dict[str, Any] = {}
    if bridge is not None and truth(bridge.get("EventBridgeEnabled", True)):
        configuration["EventBridgeConfiguration"] = {}
    for property_, (api, names) in _NOTIFICATION_TARGETS.items():
        items = [_notification(item, names) for item in rest.pop(property_, [])]
        if items:
            configuration[api] = items
    return {**rest, **configuration}


def _notification(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    target = renamed(item, names)
    target["Events"] = [target.pop("Event")]
    if "Filter" in target:
        rules = target["Filter"]["S3Key"]["Rules"]
        target["Filter"] = {"Key": {"FilterRules": rules}}
    return target


@registered
class Bucket(ApiProvider):
    """AWS::S3::Bucket."""

    type = "AWS::S3::Bucket"
    service = "s3"
    note = "access logs are not written and lifecycle rules do not run"
    named_by = "BucketName"
    name_limit = 63
    name_lower = True
    configurations: Mapping[str, tuple[str, str, Callable[[Any], Any], str]] = {
        "OwnershipControls": (
            "PutBucketOwnershipControls", "OwnershipControls", dict, "DeleteBucketOwnershipControls",
        ),
        "BucketEncryption": (
            "PutBucketEncryption", "ServerSideEncryptionConfiguration", encryption, "DeleteBucketEncryption",
        ),
        "PublicAccessBlockConfiguration": (
            "PutPublicAccessBlock", "PublicAccessBlockConfiguration", dict, "DeletePublicAccessBlock",
        ),
        "LifecycleConfiguration": (
            "PutBucketLifecycleConfiguration", "LifecycleConfiguration", lifecycle, "DeleteBucketLifecycle",
        ),
        "CorsConfiguration": (
            "PutBucketCors", "CORSConfiguration",
            lambda value: {"CORSRules": [_cors_rule(rule) for rule in value["CorsRules"]]},
            "DeleteBucketCors",
        ),
    }  # fmt: skip
    handled = frozenset(
        {
            *configurations, "AccessControl", "BucketName", "LoggingConfiguration",
            "NotificationConfiguration", "Tags", "VersioningConfiguration",
        }
    )  # fmt: skip

    @property
    def taggable(self) -> bool:
        """Buckets are, by an operation that no other service has."""
        return True

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateBucket. A bucket of this name that the account has already is a failure."""
        name = self.name(context, properties)
        try:
            self.call(context, "HeadBucket", Bucket=name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
        else:
            raise ResourceFailure(f"{name} already exists")
        where = {} if context.region == "us-east-1" else {"LocationConstraint": context.region}
        self.call(context, "CreateBucket", Bucket=name, CreateBucketConfiguration=where or None)
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Every configuration that differs: put, or deleted when it is no longer asked for."""
        for name, (put, parameter, shaped, delete) in self.configurations.items():
            if not changed(old, new, name):
                continue
            if name in new:
                self.call(context, put, Bucket=physical_id, **{parameter: shaped(new[name])})
            else:
                self.call(context, delete, Bucket=physical_id)
        self._put(context, physical_id, old, new)

    def _put(self, context: ResourceContext, bucket: str, old: Properties, new: Properties) -> None:
        if changed(old, new, "AccessControl"):
            acl = _CANNED_ACLS.get(str(new.get("AccessControl", "Private")))
            if acl is None:
                raise ResourceFailure(f"AccessControl {new['AccessControl']} is none of {[*_CANNED_ACLS]}")
            self.call(context, "PutBucketAcl", Bucket=bucket, ACL=acl)
        if changed(old, new, "VersioningConfiguration"):
            versioning = new.get("VersioningConfiguration", {"Status": "Suspended"})
            self.call(context, "PutBucketVersioning", Bucket=bucket, VersioningConfiguration=versioning)
        if changed(old, new, "LoggingConfiguration"):
            wanted = logging(new["LoggingConfiguration"]) if "LoggingConfiguration" in new else {}
            self.call(context, "PutBucketLogging", Bucket=bucket, BucketLoggingStatus=wanted)
        if changed(old, new, "NotificationConfiguration"):
            wanted = notifications(new.get("NotificationConfiguration", {}))
            self.call(
                context,
                "PutBucketNotificationConfiguration",
                Bucket=bucket,
                NotificationConfiguration=wanted,
            )
        pairs = self.all_tags(context, new)
        if pairs:
            tags = as_tags_of_bucket(pairs)
            self.call(context, "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": tags})
        elif old.get("Tags"):
            self.call(context, "DeleteBucketTagging", Bucket=bucket)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and host names."""
        return {
            "Arn": f"arn:{context.partition}:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{context.region}.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{context.region}.amazonaws.com",
            "WebsiteURL": f"http://{physical_id}.s3-website-{context.region}.amazonaws.com",
        }

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteBucket, which S3 refuses while the bucket holds an object or a version of one."""
        self.call(context, "DeleteBucket", Bucket=physical_id)


def as_tags_of_bucket(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """S3's tag set."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def _cors_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    names = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    return renamed(rule, names)


@registered
class BucketPolicy(ApiProvider):
    """AWS::S3::BucketPolicy."""

    type = "AWS::S3::BucketPolicy"
    service = "s3"
    handled = frozenset({"Bucket", "PolicyDocument"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutBucketPolicy, on a bucket that has none."""
        bucket = str(properties["Bucket"])
        try:
            self.call(context, "GetBucketPolicy", Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
        else:
            raise ResourceFailure(f"The bucket policy already exists on bucket {bucket}.")
        self.call(context, "PutBucketPolicy", Bucket=bucket, Policy=properties["PolicyDocument"])
        return bucket

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutBucketPolicy."""
        self.call(context, "PutBucketPolicy", Bucket=physical_id, Policy=new["PolicyDocument"])

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteBucketPolicy."""
        self.call(context, "DeleteBucketPolicy", Bucket=physical_id)
