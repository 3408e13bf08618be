"""The champion to beat, and what became of measuring it on the rows of the new model. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Below the address of what was measured: algorithms/evaluate.py.
REPORT = "champion.json"
# The channel that snapshot_data gives a job with the archive of the champion.
CHANNEL = "champion"


@dataclass(frozen=True)
class Champion:
    """The package to beat, with what its own training recorded.

    package: its ARN, "" when there is none any more. report: bucket and key of its metrics on the new rows,
    when it was measured apart from the job. unmeasured: why it was not, "" when it was or the job does.
    """

    package: str
    metadata: Mapping[str, str]
    report: tuple[str, str] | None = None
    unmeasured: str = ""


def champion_of(
    known: Mapping[str, Any],
    measured: Mapping[str, Any] | None,
    package: Mapping[str, Any] | None,
    job: Mapping[str, Any],
) -> Champion | None:
    """The package to beat with what became of measuring it; None when there is and was none.

    known: what snapshot_data said of the champion when the execution began; what was measured apart is of
    that one. measured: `{"report": address}`, `{"Error", "Cause"}`, or `{}`; None where the job measures it:
    the one whose archive it had as a channel.
    If another is the champion now, or that one has gone, what was measured says nothing.
    """
    arn = "" if package is None else str(package["ModelPackageArn"])
    metadata = {} if package is None else package.get("CustomerMetadataProperties", {})
    is_another = known.get("package", "") != arn if measured is not None else _given(job) != _archive(package)
    if is_another:
        gone = "the champion of when the training began is gone"
        why = "it was not the champion when the training began" if arn else gone
        return Champion(arn, metadata, unmeasured=why)
    if not arn:
        return None
    if measured is None:
        return Champion(arn, metadata)
    if measured.get("report"):
        return Champion(arn, metadata, report=place(f"{measured['report']}{REPORT}"))
    return Champion(arn, metadata, unmeasured=known.get("unmeasured") or _why(measured))


def place(address: str) -> tuple[str, str] | None:
    """Bucket and key of an `s3://` address; None for what is none."""
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    return (bucket, key) if scheme == "s3" and bucket and key else None


def _given(job: Mapping[str, Any]) -> str | None:
    """Address of the archive that the described job had of a champion."""
    channels = {each["ChannelName"]: each for each in job.get("InputDataConfig", [])}
    return channels[CHANNEL]["DataSource"]["S3DataSource"]["S3Uri"] if CHANNEL in channels else None


def _archive(package: Mapping[str, Any] | None) -> str | None:
    if package is None:
        return None
    return package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl")


def _why(failed: Mapping[str, Any]) -> str:
    """What a failed state of the execution says: the job's own words where its cause is a job."""
    error, cause = str(failed.get("Error") or "unknown"), str(failed.get("Cause") or "")
    try:
        job = json.loads(cause)
    except ValueError:
        job = None
    if isinstance(job, dict):
        cause = str(job.get("ExitMessage") or job.get("FailureReason") or cause)
    # What is on more lines than one, the registry takes neither as metadata nor in a description.
    return " ".join((f"{error}: {cause}" if cause else error).split())
