"""Whether the job read the files that made the data's version. Pure.

A manifest names keys, not versions: a file that was overwritten after the version was named and before the
job read it is trained on.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Names of files in a verdict.
MOST_NAMES = 3


@dataclass(frozen=True)
class File:
    """A file of the version: as S3 called its content, and as the version counts it."""

    key: str
    etag: str
    content: str


def files_of(text: str, prefix: str) -> list[File]:
    """What snapshot_data left of the version's files, by their names below the prefix."""
    return [File(f"{prefix}{name}", etag, content) for name, (etag, content) in json.loads(text).items()]


def read_until(job: Mapping[str, Any], prepared_at: object) -> datetime | None:
    """When the files had been read; None when nothing tells.

    prepared_at: when the processing job that read them had ended, in milliseconds since 1970, as Step
    Functions has it; None where the described training job read them: at the end of its last download.
    """
    if isinstance(prepared_at, int | float):
        return datetime.fromtimestamp(prepared_at / 1000, UTC)
    downloads = [
        step["EndTime"]
        for step in job.get("SecondaryStatusTransitions", [])
        if step["Status"] == "Downloading" and "EndTime" in step
    ]
    return max(downloads, default=None)


def replaced(
    files: Iterable[File], versions: Iterable[Mapping[str, Any]], until: datetime
) -> list[tuple[File, Mapping[str, Any]]]:
    """Files that had another version by then, each with that one.

    versions: of all objects, as ListObjectVersions has them; in a bucket without versions the current ones. A
    file all of whose versions are newer tells nothing: it was overwritten where that leaves no trace.
    """
    newest: dict[str, Mapping[str, Any]] = {}
    for version in versions:
        known, moment = newest.get(version["Key"]), version["LastModified"]
        if moment <= until and (known is None or moment > known["LastModified"]):
            newest[version["Key"]] = version
    return [
        (file, newest[file.key])
        for file in files
        if file.key in newest and newest[file.key]["ETag"].strip('"') != file.etag
    ]


def reason(changed: Sequence[File]) -> str:
    """Why a model that was trained on these is none of its data's version."""
    names = ", ".join(file.key.rpartition("/")[2] for file in changed[:MOST_NAMES])
    more = f" and {len(changed) - MOST_NAMES} more" if len(changed) > MOST_NAMES else ""
    return f"before the job had read the data of its version, files of it were overwritten: {names}{more}"
