"""Execution roles: SageMaker assumes them, and may do no more than they may."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator import aws, identity
from emulator.edge import Call, Principal
from emulator.sagemaker.requests import invalid

SERVICE = "sagemaker.amazonaws.com"
_SESSION = "SageMaker"


def require_trust(role_arn: str, source_arn: str) -> None:
    """Raise ValidationException unless the role exists and trusts SageMaker for ``source_arn``."""
    if not identity.authorize_service(role_arn, SERVICE, source_arn):
        raise invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{SERVICE}' to assume the role."
        )


class RoleSession:
    """What SageMaker does and starts in the name of a role in a region."""

    def __init__(self, role_arn: str, region: str) -> None:
        self.role_arn = role_arn
        self.region = region
        self.credentials = aws.assume(role_arn, _SESSION, region)

    def missing_to_pull(self, image: str) -> str | None:
        """The first action of ECR's that the role lacks to pull ``image``; None when it may.

        Source: the role permissions that the developer guide lists for CreateTrainingJob and CreateModel.
        """
        from emulator.identity.authorizer import mode  # it knows this package's tags

        registry, _, repository = image.partition("/")
        account, region = registry.split(".")[0], registry.split(".")[3]
        arn = f"arn:{aws.PARTITION}:ecr:{region}:{account}:repository/{re.split('[:@]', repository)[0]}"
        principal = Principal(self.credentials.assumed_role_arn, self.role_arn)
        for action, resource in (
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchCheckLayerAvailability", arn),
            ("ecr:GetDownloadUrlForLayer", arn),
            ("ecr:BatchGetImage", arn),
        ):
            if mode() == "enforce" and not identity.is_allowed(principal, action, resource, {}):
                return action
        return None

    def client(self, service: str) -> Any:
        """A boto3 client with the role's rights."""
        return aws.role_client(service, self.role_arn, _SESSION, self.region)

    def environment(self) -> dict[str, str]:
        """What lets AWS's SDKs inside a container act as the role."""
        return {
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_SESSION_TOKEN": self.credentials.session_token,
            "AWS_ENDPOINT_URL": aws.endpoint_url(),
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def caller_client(call: Call, service: str) -> Any:
    """A client with the rights of who called, for what SageMaker checks on the caller's behalf."""
    if call.principal.role_arn is None:
        return aws.client(service, call.region)
    return aws.role_client(service, call.principal.role_arn, "forward", call.region)


def split_s3(url: str) -> tuple[str, str]:
    """(bucket, key) of an s3:// address."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def download(s3: Any, url: str, target: Path) -> None:
    """Bring one object to ``target``. Raises botocore's ClientError as S3 answered it."""
    bucket, key = split_s3(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
            file.write(chunk)


def why(error: ClientError) -> str:
    """Code, status and message of a failed call, as SageMaker quotes them."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "?")
    details = error.response.get("Error", {})
    return f"{details.get('Code')} ({status}): {details.get('Message')}"
