"""Taking an environment down to nothing: its stacks, and what the stacks leave behind on purpose."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cli.log_events import ENDPOINT_GROUP
from cli.session import CommandError, Session
from sagemaker_lifecycle import names

Tell = Callable[[str], None]

BOOTSTRAP_STACK = "CDKToolkit"

BUCKET_ATTEMPTS = 8
"""Two minutes of waiting in all."""

KEY_PENDING_DAYS = 7
"""KMS's shortest wait before a key is gone; a key that waits costs nothing."""

SETTINGS = ("AWS::ApiGateway::Account",)
"""Types of what is retained and no resource that could be removed."""


@dataclass(frozen=True)
class Retained:
    """A resource that outlives its stack."""

    resource_type: str
    physical_id: str

    def __str__(self) -> str:
        return f"{self.resource_type} {self.physical_id}"


def place(session: Session) -> str:
    """Where the environment is: account, region, and the endpoint where that is not AWS's own."""
    account = session.client("sts").get_caller_identity()["Account"]
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return f"account {account}, region {session.region}, {f'at {endpoint}' if endpoint else 'on AWS'}"


def environment_stacks(session: Session) -> list[str]:
    """The environment's stacks, in the order in which they can be deleted."""
    prefix = f"{names.prefix(session.environment)}-"
    pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
    found = [s["StackName"] for page in pages for s in page["Stacks"] if s["StackName"].startswith(prefix)]
    endpoint_prefix = names.endpoint_stack_prefix(session.environment)

    def position(stack: str) -> int:
        if stack.startswith(endpoint_prefix):
            return 1
        order = {"observability": 0, "inference": 2, "training": 3, "foundation": 4}
        return order.get(stack.removeprefix(prefix), 0)

    return sorted(found, key=lambda s: (position(s), s))


def retained(session: Session, stacks: list[str]) -> list[Retained]:
    """What the stacks' templates say outlives them. A resource that was never made has no id."""
    cloudformation = session.client("cloudformation")
    kept: list[Retained] = []
    for stack in stacks:
        template: Any = cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
        resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        for summary in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
            for resource in summary["StackResourceSummaries"]:
                declared = resources.get(resource["LogicalResourceId"], {})
                outlives = str(declared.get("DeletionPolicy", "")).startswith("Retain")
                physical_id = resource.get("PhysicalResourceId", "")
                if outlives and physical_id and resource["ResourceType"] not in SETTINGS:
                    kept.append(Retained(resource["ResourceType"], physical_id))
    return kept


def left_by_models(session: Session, stacks: list[str], kept: Iterable[Retained]) -> list[Retained]:
    """What no stack knows of: registry groups of removed models, and the logs of every model's endpoint.

    SageMaker makes a log group when a container first writes. A group in the registry has its model's name as
    a tag, since a long name is cut in the group's own.
    """
    prefix = names.endpoint_stack_prefix(session.environment)
    models = {stack.removeprefix(prefix) for stack in stacks if stack.startswith(prefix)}
    known = {resource.physical_id.rsplit("/", 1)[-1] for resource in kept}
    found: list[Retained] = []
    for group in _registry_groups(session):
        tags = session.client("sagemaker").list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
        models |= {tag["Value"] for tag in tags if tag["Key"] == "model"}
        if group["ModelPackageGroupName"] not in known:
            found.append(Retained("AWS::SageMaker::ModelPackageGroup", group["ModelPackageGroupName"]))
    endpoints = [names.endpoint_name(session.environment, model) for model in sorted(models)]
    return [*found, *(Retained("AWS::Logs::LogGroup", f"{ENDPOINT_GROUP}{name}") for name in endpoints)]


def _registry_groups(session: Session) -> Iterator[dict[str, Any]]:
    """The environment's, by their names."""
    prefix = f"{names.prefix(session.environment)}-"
    groups = session.client("sagemaker").get_paginator("list_model_package_groups")
    for page in groups.paginate(NameContains=prefix):
        for group in page["ModelPackageGroupSummaryList"]:
            if group["ModelPackageGroupName"].startswith(prefix):
                yield group


def destroy(session: Session, tell: Tell) -> list[str]:
    """Delete every stack of the environment, what it retains and what its models left; what had to be left.

    Raises CommandError when a stack is protected, or cannot be deleted, with CloudFormation's reason; and,
    once the rest is gone, when AWS refused to delete something: then it names what had to be left too.
    """
    stacks = environment_stacks(session)
    protected = [s for s in stacks if session.stack(s).get("EnableTerminationProtection")]
    if protected:
        raise CommandError(
            f"protected from deletion: {', '.join(protected)}. Lift it first, stack by stack: "
            "`aws cloudformation update-termination-protection --no-enable-termination-protection`"
        )
    kept = retained(session, stacks)
    kept += left_by_models(session, stacks, kept)
    for stack in stacks:
        tell(f"deleting {stack}")
        delete_stack(session, stack)
    tell("forgetting the releases")
    _delete_parameters(session, names.parameter_prefix(session.environment))
    return _remove_all(session, kept, tell, removed=Counter({"stacks": len(stacks)}))


def _remove_all(session: Session, kept: list[Retained], tell: Tell, *, removed: Counter[str]) -> list[str]:
    """Remove each that can be; what had to be left, with the reason where there is one.

    removed: counts what is gone, by its kind; told at the end. Raises CommandError for what AWS refused.
    """
    left: list[str] = []
    refused: list[str] = []
    for resource in kept:
        remove = _REMOVERS.get(resource.resource_type)
        if remove is None:
            left.append(f"{resource}")
            continue
        tell(f"removing {resource}")
        try:
            removed[resource.resource_type] += _was_there(remove, session, resource.physical_id)
        except CommandError as error:  # the others can go all the same
            left.append(f"{resource}: {error}")
        except ClientError as error:
            refused.append(f"{resource}: {error}")
    tell(f"removed: {', '.join(f'{count} {kind}' for kind, count in removed.items() if count)}")
    if refused:
        raise CommandError(f"could not be removed: {'; '.join([*refused, *left])}")
    return left


def destroy_bootstrap(session: Session, tell: Tell) -> None:
    """Delete what `cdk bootstrap` made, its retained bucket included.

    Only for an account that nothing else is deployed to, such as the embedded one.
    """
    resources = session.client("cloudformation").list_stack_resources(StackName=BOOTSTRAP_STACK)
    buckets = [
        r["PhysicalResourceId"]
        for r in resources["StackResourceSummaries"]
        if r["ResourceType"] == "AWS::S3::Bucket"
    ]
    for bucket in buckets:
        tell(f"emptying {bucket}")
        empty_bucket(session, bucket)
    tell(f"deleting {BOOTSTRAP_STACK}")
    delete_stack(session, BOOTSTRAP_STACK)
    for bucket in buckets:
        _was_there(_delete_bucket, session, bucket)


def delete_stack(session: Session, stack: str) -> None:
    """Delete one stack and wait. Raises CommandError with the reason when it fails."""
    cloudformation = session.client("cloudformation")
    stack_id = session.stack(stack)["StackId"]
    cloudformation.delete_stack(StackName=stack_id)
    while True:
        status = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        if status["StackStatus"] == "DELETE_COMPLETE":
            return
        if status["StackStatus"] == "DELETE_FAILED":
            raise CommandError(
                f"{stack} could not be deleted: {status.get('StackStatusReason', 'no reason')}"
            )
        time.sleep(0.2 if session.local else 3)


def _was_there(remove: Callable[[Session, str], None], session: Session, physical_id: str) -> bool:
    """Remove it; whether there was anything to remove."""
    try:
        remove(session, physical_id)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], str(error)
        if not (code.startswith("NoSuch") or "NotFound" in code or "does not exist" in message):
            raise
        return False
    return True


def empty_bucket(session: Session, bucket: str) -> None:
    """Delete every version of every object. Raises CommandError, naming some, for those that S3 keeps."""
    s3 = session.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": e["Key"], "VersionId": e["VersionId"]} for e in entries]
        if objects:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            _refuse_kept_objects(bucket, answer.get("Errors", []))


def _refuse_kept_objects(bucket: str, errors: list[dict[str, Any]]) -> None:
    """DeleteObjects succeeds as a whole and tells each object's failure in its answer."""
    if errors:
        some = "; ".join(
            f"{e.get('Key')}: {e.get('Code')} {e.get('Message', '')}".strip() for e in errors[:3]
        )
        raise CommandError(f"{len(errors)} objects of the bucket {bucket} could not be deleted: {some}")


def _delete_bucket(session: Session, bucket: str) -> None:
    """Access logs arrive for hours after the requests that they tell of: it may have filled meanwhile."""
    for attempt in range(BUCKET_ATTEMPTS):
        empty_bucket(session, bucket)
        try:
            session.client("s3").delete_bucket(Bucket=bucket)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty":
                raise
        time.sleep(min(2**attempt, 30))
    raise CommandError(
        f"the bucket {bucket} fills again as fast as it is emptied: access logs are still coming; "
        "empty and delete it later"
    )


def _delete_registry_group(session: Session, group: str) -> None:
    group = group.rsplit("/", 1)[-1]
    sagemaker = session.client("sagemaker")
    for page in sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group):
        for package in page["ModelPackageSummaryList"]:
            sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)


def _delete_parameters(session: Session, prefix: str) -> None:
    """Delete every SSM parameter below the prefix: functions make them, so no stack knows of them."""
    ssm = session.client("ssm")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
    for name in [parameter["Name"] for page in pages for parameter in page["Parameters"]]:
        ssm.delete_parameter(Name=name)


def _schedule_key_deletion(session: Session, key: str) -> None:
    kms = session.client("kms")
    if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion":
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=KEY_PENDING_DAYS)


def _delete_log_group(session: Session, group: str) -> None:
    session.client("logs").delete_log_group(logGroupName=group)


def _delete_role(session: Session, role: str) -> None:
    iam = session.client("iam")
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.delete_role(RoleName=role)


def _delete_table(session: Session, table: str) -> None:
    dynamodb = session.client("dynamodb")
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=table)  # until it is ACTIVE again
    dynamodb.delete_table(TableName=table)


_REMOVERS: dict[str, Callable[[Session, str], None]] = {
    "AWS::S3::Bucket": _delete_bucket,
    "AWS::SageMaker::ModelPackageGroup": _delete_registry_group,
    "AWS::KMS::Key": _schedule_key_deletion,
    "AWS::Logs::LogGroup": _delete_log_group,
    "AWS::IAM::Role": _delete_role,
    "AWS::DynamoDB::Table": _delete_table,
}


def costs_left(session: Session) -> Iterator[str]:
    """Everything in the account and region, of the kinds that this project makes, that costs money."""
    for endpoint in session.client("sagemaker").list_endpoints()["Endpoints"]:
        yield f"endpoint {endpoint['EndpointName']}"
    for job in session.client("sagemaker").list_training_jobs(StatusEquals="InProgress")[
        "TrainingJobSummaries"
    ]:
        yield f"running training job {job['TrainingJobName']}"
    for bucket in session.client("s3").list_buckets()["Buckets"]:
        yield f"bucket {bucket['Name']}"
    for table in session.client("dynamodb").list_tables()["TableNames"]:
        yield f"table {table}"
    kms = session.client("kms")
    for key in kms.list_keys()["Keys"]:
        described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if described["KeyManager"] == "CUSTOMER" and described["KeyState"] != "PendingDeletion":
            yield f"key {key['KeyId']}"
    cloudwatch = session.client("cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarm in [*alarms["MetricAlarms"], *alarms["CompositeAlarms"]]:
        yield f"alarm {alarm['AlarmName']}"
    for dashboard in cloudwatch.list_dashboards()["DashboardEntries"]:
        yield f"dashboard {dashboard['DashboardName']}"
    for repository in session.client("ecr").describe_repositories()["repositories"]:
        yield f"image repository {repository['repositoryName']}"
