"""The champion to beat, and what became of measuring it on the rows of the new model. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Below the address of what was measured: algorithms/evaluate.py.
REPORT = "champion.json"


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
    known: Mapping[str, Any], measured: Mapping[str, Any] | None, package: Mapping[str, Any] | None
) -> Champion | None:
    """The package to beat with what became of measuring it; None when there is and was none.

    known: what snapshot_data said of the champion when the execution began; what was measured is of that one.
    If another is the champion now, or that one has gone, it says nothing.
    measured: `{"report": address}`, `{"Error", "Cause"}`, or `{}`; None where the job measures it.
    """
    arn = "" if package is None else str(package["ModelPackageArn"])
    metadata = {} if package is None else package.get("CustomerMetadataProperties", {})
    if measured is None:
        return Champion(arn, metadata) if arn else None
    if known.get("package", "") != arn:
        gone = "the champion of when the training began is gone"
        why = "it was not the champion when the training began" if arn else gone
        return Champion(arn, metadata, unmeasured=why)
    if not arn:
        return None
    if measured.get("report"):
        return Champion(arn, metadata, report=place(f"{measured['report']}{REPORT}"))
    return Champion(arn, metadata, unmeasured=known.get("unmeasured") or _why(measured))


def place(address: str) -> tuple[str, str] | None:
    """Bucket and key of an `s3://` address; None for what is none."""
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    return (bucket, key) if scheme == "s3" and bucket and key else None


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
