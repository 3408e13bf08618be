"""The version of a model's training data, derived from what S3 says of its files. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from handler_common import checksums, package_metadata

# Hex digits. Training-job names have 63 characters for environment, model and suffix together.
VERSION_LENGTH = 12
FORCE_LENGTH = 8
# Of these, for the number of a further attempt: it has that many, 100 to 999.
ATTEMPT_LENGTH = 3


class NoTrainingData(Exception):
    """Below the model's prefix lies nothing to train on, or there is no such bucket."""


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
        return checksums.content(self.checksum, self.etag)


@dataclass(frozen=True)
class Request:
    """What to look at.

    manifests: address below which the manifests of the model's data lie. run: the execution's name when it
    must train even on data already trained on. new_data: key of the object whose event started it, "" when
    something else did. columns: hash of what a champion must answer to be measured, "" where the job finds
    out.
    """

    model: str
    bucket: str
    prefix: str
    package_group: str
    manifests: str
    run: str | None
    new_data: str
    columns: str = ""


@dataclass(frozen=True)
class Champion:
    """The model to beat. package: its ARN, "" when there is none. job: what trained it.

    unmeasured: why it cannot be measured on rows of today's form, "" when it can.
    """

    package: str = ""
    job: str = ""
    unmeasured: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The data's version and URI, how many CSV files and bytes, the job's suffix and its input channels.

    manifest: address of the list of the files, by which a job reads those and none that comes later.
    files: address of what the files were, to see afterwards whether the job read those.
    retry_suffix: with three digits behind it, the suffix of a further attempt, as long as a forced run's.
    superseded: the run leaves the training to the run of a newer object. champion: what to compare with.
    """

    data_version: str
    train_uri: str
    manifest: str
    files: str
    objects: int
    bytes: int
    job_suffix: str
    retry_suffix: str
    channels: list[dict[str, Any]]
    superseded: bool
    champion: Champion


def read_request(event: Mapping[str, Any], request_id: str) -> Request:
    """The checked input; raises BadInput naming the key. Forced runs without a name take `request_id`."""
    for key in ("model", "bucket", "prefix", "package_group", "manifests"):
        if not isinstance(event.get(key), str) or not event[key]:
            raise BadInput(f"{key}: must be a text that is not empty, is {event.get(key)!r}")
    force = event.get("force", False)
    if not isinstance(force, bool):
        raise BadInput(f"force: must be true or false, is {force!r}")
    new_data = event.get("new_data", "")
    if not isinstance(new_data, str):
        raise BadInput(f"new_data: must be the key of an object or empty, is {new_data!r}")
    run = str(event.get("execution") or request_id) if force else None
    columns = str(event.get("columns") or "")
    return Request(
        model=event["model"],
        bucket=event["bucket"],
        prefix=event["prefix"],
        package_group=event["package_group"],
        manifests=event["manifests"],
        run=run,
        new_data=new_data,
        columns=columns,
    )


def is_data(key: str) -> bool:
    """Whether the object of that key is one to train on."""
    return key.lower().endswith(".csv")


def snapshot(
    request: Request, listed: Sequence[StoredObject], champion: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The snapshot of the CSV files among `listed`; raises NoTrainingData when there are none.

    The version depends on keys and contents only: the same files give the same version and so the same job
    name.
    champion: the package to beat as SageMaker describes it, None when there is none; it is measured
    on the same held-out rows as the new one, by the job, which has its archive as a channel, or after it.
    """
    uri = _uri(request)
    found = [item for item in listed if not item.key.endswith("/")]
    files = _files(listed)
    if not files:
        what = f"{len(found)} objects but no CSV file" if found else "no object"
        raise NoTrainingData(f"model {request.model}: {what} below {uri}")
    lines = [f"{item.key}\t{item.content}\t{item.size}" for item in files]
    digest = hashlib.sha256("\n".join(lines).encode())
    version = digest.hexdigest()[:VERSION_LENGTH]
    size = sum(item.size for item in files)
    manifest_uri, files_uri = (f"{request.manifests}{version}.{end}" for end in ("json", "files.json"))
    channels = [_channel("train", "ManifestFile", manifest_uri, "text/csv")]
    archive = None if champion is None else _archive(champion)
    if archive is not None:
        channels.append(_channel("champion", "S3Prefix", archive, "application/x-tar"))
    superseded = _superseded(request.new_data, listed)
    suffix, retry = _suffix(version, request.run), _retry_suffix(version, request.run)
    known = _champion(champion, request.columns)
    return asdict(
        Snapshot(
            data_version=version,
            train_uri=uri,
            manifest=manifest_uri,
            files=files_uri,
            objects=len(files),
            bytes=size,
            job_suffix=suffix,
            retry_suffix=retry,
            channels=channels,
            superseded=superseded,
            champion=known,
        )
    )


def manifest(request: Request, listed: Sequence[StoredObject]) -> str:
    """The list of the CSV files among `listed`, in the form of S3DataSource in SageMaker's API reference."""
    suffixes = [file.key.removeprefix(request.prefix) for file in _files(listed)]
    return json.dumps([{"prefix": _uri(request)}, *suffixes])


def contents(request: Request, listed: Sequence[StoredObject]) -> str:
    """ETag and content of each CSV file among `listed`, by its name below the prefix."""
    return json.dumps(
        {
            file.key.removeprefix(request.prefix): [file.etag.strip('"'), file.content]
            for file in _files(listed)
        }
    )


def _uri(request: Request) -> str:
    return f"s3://{request.bucket}/{request.prefix}"


def _files(listed: Sequence[StoredObject]) -> list[StoredObject]:
    return sorted((item for item in listed if is_data(item.key)), key=lambda item: item.key)


def _archive(package: Mapping[str, Any]) -> str | None:
    return package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl")


def _champion(package: Mapping[str, Any] | None, columns: str) -> Champion:
    if package is None:
        return Champion()
    metadata = package.get("CustomerMetadataProperties", {})
    job = metadata.get(package_metadata.TUNING_JOB) or metadata.get(package_metadata.JOB, "")
    had, unmeasured = metadata.get(package_metadata.COLUMNS), ""
    if columns and had is None:
        unmeasured = "its package does not say which columns it answers"
    elif columns and had != columns:
        unmeasured = "it has another algorithm, target, classes or features"
    return Champion(package["ModelPackageArn"], job, unmeasured)


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


def _channel(name: str, data_type: str, uri: str, content_type: str) -> dict[str, Any]:
    """One entry of CreateTrainingJob's InputDataConfig."""
    source = {"S3DataType": data_type, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
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


def _retry_suffix(version: str, run: str | None) -> str:
    """The same for every run that is not forced: it finds the attempts of those before it."""
    digest = hashlib.sha256(f"again:{run or ''}".encode()).hexdigest()
    return f"{version}-{digest[: FORCE_LENGTH - ATTEMPT_LENGTH]}"
