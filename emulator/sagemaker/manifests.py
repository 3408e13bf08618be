"""Manifests: objects that name, in JSON, which objects are a source.

Source: S3DataSource in the API reference. Where a suffix becomes the path in the container, it does not say.
"""

from __future__ import annotations

import json
from typing import Any

from emulator.sagemaker.roles import split_s3


def named_objects(s3: Any, address: str) -> list[tuple[str, str]]:
    """(address, path in the container's folder) of every object that the manifest names, as it orders them.

    Raises ValueError for what is no manifest, ClientError as S3 answered.
    """
    bucket, key = split_s3(address)
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The manifest {address} is no JSON: {error}") from error
    match content:
        case [{"prefix": str(prefix)}, *suffixes] if prefix.startswith("s3://") and suffixes:
            pass
        case _:
            raise ValueError(
                f'The manifest {address} must be a list of {{"prefix": "s3://..."}} and one or more suffixes.'
            )
    for suffix in suffixes:
        if not isinstance(suffix, str) or not suffix or ".." in suffix.split("/"):
            raise ValueError(f"The manifest {address} has an element that is no suffix: {suffix!r}.")
    return [(f"{prefix}{suffix}", suffix) for suffix in suffixes]
