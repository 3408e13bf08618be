"""Where a request's template comes from: its body, an S3 URL, or the stack's previous one."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from emulator.cloudformation.identity import Identity
from emulator.cloudformation.intrinsics import invalid
from emulator.cloudformation.stack import Stack
from emulator.cloudformation.template import Template, load

MAX_BODY_BYTES = 51_200
MAX_URL_BYTES = 1_000_000
"""Limits of a template passed in the request, and of one in S3 (CloudFormation quotas)."""

_VIRTUAL_HOST = re.compile(r"^(?P<bucket>.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$")


def template_of(params: dict[str, Any], identity: Identity, stack: Stack | None) -> Template:
    """The template that the request names. Raises ValidationError when it names none, or a bad one."""
    if params.get("UsePreviousTemplate"):
        if stack is None or stack.template is None:
            raise invalid("Cannot use the previous template: the stack has none")
        return stack.template
    if params.get("TemplateBody") is not None:
        body = str(params["TemplateBody"])
        if len(body.encode()) > MAX_BODY_BYTES:
            raise invalid(
                f"1 validation error detected: Value '{body[:100]}...' at 'templateBody' failed to satisfy "
                f"constraint: Member must have length less than or equal to {MAX_BODY_BYTES}"
            )
        return load(body)
    if params.get("TemplateURL"):
        return load(_fetched(str(params["TemplateURL"]), identity))
    raise invalid("Either Template URL or Template Body must be specified.")


def bucket_and_key(url: str) -> tuple[str, str]:
    """Where in S3 the URL points: path style (on any host) or virtual-hosted style."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    virtual = _VIRTUAL_HOST.match(parts.hostname or "")
    bucket, _, key = (virtual["bucket"], "/", path) if virtual else path.partition("/")
    if parts.scheme not in ("http", "https") or not bucket or not key:
        raise invalid("TemplateURL must be a supported URL.")
    return bucket, key


def _fetched(url: str, identity: Identity) -> str:
    bucket, key = bucket_and_key(url)
    try:
        body: bytes = identity.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise invalid(f"S3 error: {error.response['Error'].get('Message', 'Access Denied')}") from None
    if len(body) > MAX_URL_BYTES:
        raise invalid(f"Template may not exceed {MAX_URL_BYTES} bytes in size.")
    return body.decode()
