"""The version of a model's training data, derived from what S3 says of its files. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

# Hex digits. Training-job names have 63 characters for environment, model and suffix together.
VERSION_LENGTH = 12
FORCE_LENGTH = 8


class NoTrainingData(Exception):
    """Below the model's prefix lies nothing to train on."""


class BadInput(Exception):
    """The state machine passed an input without what the function needs."""


@dataclass(frozen=True)
class StoredObject:
    """One object as S3 lists it; `size` is in bytes.

    etag: changes with its content; under a KMS key it does with every upload of the same content too.
    checksum: of its content, with the algorithm's name; None when it has none that may be read.
    """

    key: str
    etag: str
    size: int
    modified: datetime
    checksum: str | None = None

    @property
    def content(self) -> str:
        """What tells its content from another, and from itself under a KMS key when there is no checksum."""
        return self.checksum or self.etag.strip('"')


@dataclass(frozen=True)
class Request:
    """What to look at.

    run: the execution's name when it must train even on data already trained on. new_data: key of the object
    whose event started it, "" when something else did.
    """

    model: str
    bucket: str
    prefix: str
    package_group: str
    run: str | None
    new_data: str


@dataclass(frozen=True)
class Snapshot:
    """The data's version and URI, how many CSV files and bytes, the job's suffix and its input channels.

    superseded: the run leaves the training to the run of a newer object.
    """

    data_version: str
    train_uri: str
    objects: int
    bytes: int
    job_suffix: str
    channels: list[dict[str, Any]]
    superseded: bool


def read_request(event: Mapping[str, Any], request_id: str) -> Request:
    """The checked input; raises BadInput naming the key. Forced runs without a name take `request_id`."""
    for key in ("model", "bucket", "prefix", "package_group"):
        if not isinstance(event.get(key), str) or not event[key]:
            raise BadInput(f"{key}: must be a text that is not empty, is {event.get(key)!r}")
    force = event.get("force", False)
    if not isinstance(force, bool):
        raise BadInput(f"force: must be true or false, is {force!r}")
    new_data = event.get("new_data", "")
    if not isinstance(new_data, str):
        raise BadInput(f"new_data: must be the key of an object or empty, is {new_data!r}")
    run = str(event.get("execution") or request_id) if force else None
    return Request(event["model"], event["bucket"], event["prefix"], event["package_group"], run, new_data)


def is_data(key: str) -> bool:
    """Whether the object of that key is one to train on."""
    return key.lower().endswith(".csv")


def snapshot(request: Request, listed: Sequence[StoredObject], champion: str | None) -> dict[str, Any]:
    """The snapshot of the CSV files among `listed`; raises NoTrainingData when there are none.

    The version depends on keys and contents only: the same files give the same version and so the same job
    name.
    champion: address of the archive of the newest approved model, None when there is none; the job measures
    it on the same held-out rows as the new one.
    """
    uri = f"s3://{request.bucket}/{request.prefix}"
    found = [item for item in listed if not item.key.endswith("/")]
    files = sorted((item for item in found if is_data(item.key)), key=lambda item: item.key)
    if not files:
        what = f"{len(found)} objects but no CSV file" if found else "no object"
        raise NoTrainingData(f"model {request.model}: {what} below {uri}")
    lines = [f"{item.key}\t{item.content}\t{item.size}" for item in files]
    digest = hashlib.sha256("\n".join(lines).encode())
    version = digest.hexdigest()[:VERSION_LENGTH]
    size = sum(item.size for item in files)
    channels = [_channel("train", uri, "text/csv")]
    if champion is not None:
        channels.append(_channel("champion", champion, "application/x-tar"))
    superseded = _superseded(request.new_data, listed)
    suffix = _suffix(version, request.run)
    return asdict(Snapshot(version, uri, len(files), size, suffix, channels, superseded))


def _superseded(key: str, listed: Sequence[StoredObject]) -> bool:
    """Whether the object whose event started this run is not the newest CSV file: the newest has its own.

    By S3's own times, and by keys where those are equal: of all files there is exactly one newest.
    A file that was deleted meanwhile has no time: the run goes on.
    """
    files = {item.key: (item.modified, item.key) for item in listed if is_data(item.key)}
    if not key:
        return False
    if not is_data(key):
        return True
    return key in files and files[key] != max(files.values())


def _channel(name: str, uri: str, content_type: str) -> dict[str, Any]:
    """One entry of CreateTrainingJob's InputDataConfig."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {
        "ChannelName": name,
        "ContentType": content_type,
        "InputMode": "File",
        "DataSource": {"S3DataSource": source},
    }


def _suffix(version: str, run: str | None) -> str:
    if run is None:
        return version
    return f"{version}-{hashlib.sha256(run.encode()).hexdigest()[:FORCE_LENGTH]}"
