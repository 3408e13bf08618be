"""Whether the job read the files that made the data's version."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.unit.handlers.test_register_model import EVENT, JOB

Load = Callable[[str], ModuleType]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BUCKET, PREFIX = "data", "models/house-prices/data/"
FILES = "s3://artifacts/models/house-prices/jobs/manifests/0123456789ab.files.json"
# As the source left it: of a.csv the checksum is known, of b.csv the ETag only.
LEFT = {"a.csv": ["1", "ChecksumSHA256:one"], "b.csv": ["2", "2"]}
READ = {"SecondaryStatusTransitions": [{"Status": "Downloading", "StartTime": NOON, "EndTime": NOON}]}


def version(name: str, etag: str, minutes: float) -> dict[str, Any]:
    """A version of a file, made so many minutes after noon, when the job had read it."""
    made = NOON + timedelta(minutes=minutes)
    return {
        "Key": PREFIX + name,
        "ETag": f'"{etag}"',
        "LastModified": made,
        "VersionId": f"{name}-{etag}",
    }


UNCHANGED = [version("a.csv", "1", -60), version("b.csv", "2", -60)]


@pytest.fixture
def data(load: Load) -> ModuleType:
    return load("register_model.data")


@pytest.fixture
def s3(load: Load) -> Iterator[Stubber]:
    with Stubber(load("register_model.aws")._S3) as stub:
        text = json.dumps(LEFT).encode()
        stub.add_response("get_object", {"Body": StreamingBody(io.BytesIO(text), len(text))})
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def changed(load: Load, s3: Stubber) -> Callable[..., list[str]]:
    """Names of the files that had become others when they were read, of these versions.

    heads: what HeadObject says of versions that came between, by their ids.
    """

    def names(*versions: dict[str, Any], heads: dict[str, dict[str, str]] | None = None) -> list[str]:
        s3.add_response(
            "list_object_versions", {"Versions": [*versions]}, {"Bucket": BUCKET, "Prefix": PREFIX}
        )
        for which, head in (heads or {}).items():
            key = f"{PREFIX}{which.partition('-')[0]}"
            asked = {"Bucket": BUCKET, "Key": key, "ChecksumMode": "ENABLED", "VersionId": which}
            s3.add_response("head_object", head, asked)
        handler = load("register_model.handler")
        request = load("register_model.logic").read_request(
            {**EVENT, "data": {**EVENT["data"], "files": FILES}}
        )
        return [file.key.removeprefix(PREFIX) for file in handler._changed(request, {**JOB, **READ})]

    return names


def test_what_was_left_alone_is_what_was_read(changed: Any) -> None:
    assert changed(*UNCHANGED) == []


def test_a_file_that_was_overwritten_before_it_was_read_is_noticed(changed: Any) -> None:
    assert changed(*UNCHANGED, version("b.csv", "3", -1), heads={"b.csv-3": {}}) == ["b.csv"]


def test_a_file_that_was_overwritten_after_it_was_read_does_no_harm(changed: Any) -> None:
    assert changed(*UNCHANGED, version("b.csv", "3", 1)) == []


def test_overwriting_it_once_more_afterwards_hides_nothing(changed: Any) -> None:
    assert changed(
        version("b.csv", "4", 1), version("b.csv", "3", -1), *UNCHANGED, heads={"b.csv-3": {}}
    ) == ["b.csv"]


def test_of_two_versions_of_one_second_the_one_that_is_listed_first_is_the_newer(changed: Any) -> None:
    assert changed(version("b.csv", "3", -60), *UNCHANGED, heads={"b.csv-3": {}}) == ["b.csv"]


def test_a_file_that_came_meanwhile_was_not_read(changed: Any) -> None:
    assert changed(*UNCHANGED, version("c.csv", "9", -1)) == []


def test_without_versions_a_file_overwritten_afterwards_tells_nothing(changed: Any) -> None:
    assert changed(UNCHANGED[0], version("b.csv", "3", 1)) == []


@pytest.mark.parametrize(("checksum", "found"), [("one", []), ("two", ["a.csv"])])
def test_the_same_content_uploaded_again_is_no_change(changed: Any, checksum: str, found: list[str]) -> None:
    heads = {"a.csv-5": {"ChecksumSHA256": checksum}}
    assert changed(*UNCHANGED, version("a.csv", "5", -1), heads=heads) == found


@pytest.mark.parametrize(("code", "raises"), [("AccessDenied", False), ("SlowDown", True)])
def test_a_bucket_of_the_users_own_may_keep_its_versions_to_itself(
    load: Load, code: str, raises: bool
) -> None:
    aws = load("register_model.aws")
    with Stubber(aws._S3) as stub:
        stub.add_client_error("list_object_versions", code)
        if raises:
            with pytest.raises(ClientError, match=code):
                aws.versions(BUCKET, PREFIX)
        else:
            assert aws.versions(BUCKET, PREFIX) == []


def test_the_last_download_counts_and_of_prepared_data_the_end_of_preparing(data: ModuleType) -> None:
    later = NOON + timedelta(minutes=9)
    steps = [
        *READ["SecondaryStatusTransitions"],
        {"Status": "Interrupted", "StartTime": NOON, "EndTime": NOON},
        {"Status": "Downloading", "StartTime": NOON, "EndTime": later},
        {"Status": "Training", "StartTime": later, "EndTime": later + timedelta(hours=1)},
    ]
    job = {"SecondaryStatusTransitions": steps}
    assert data.read_until(job, None) == later
    assert data.read_until(job, NOON.timestamp() * 1000) == NOON
    assert data.read_until({}, None) is None


def test_the_verdict_names_some_of_the_files(data: ModuleType) -> None:
    files = [data.File(f"{PREFIX}{name}.csv", "", "") for name in "abcde"]
    assert data.reason(files[:1]).endswith("were overwritten: a.csv")
    assert data.reason(files).endswith("were overwritten: a.csv, b.csv, c.csv and 2 more")


@pytest.mark.parametrize("lacking", ["files", "train_uri"])
def test_an_execution_that_began_before_files_were_left_is_judged_all_the_same(
    load: Load, lacking: str
) -> None:
    known = {"train_uri": f"s3://{BUCKET}/{PREFIX}", "files": FILES}
    del known[lacking]
    request = load("register_model.logic").read_request({**EVENT, "data": known})
    assert load("register_model.handler")._changed(request, {**JOB, **READ}) == []


def test_a_model_of_other_data_is_rejected_however_good_it_is(load: Load, monkeypatch: Any) -> None:
    handler = load("register_model.handler")
    asked: list[dict[str, Any]] = []

    def create(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        status = request["ModelApprovalStatus"]
        return {"ModelPackageArn": "arn", "ModelApprovalStatus": status}

    made = load("register_model.data").File(f"{PREFIX}a.csv", "1", "1")
    for name, answer in {"training_job": JOB, "package_of": None}.items():
        monkeypatch.setattr(load("register_model.aws"), name, lambda *_, answer=answer: answer)
    monkeypatch.setattr(load("register_model.aws"), "create", create)
    monkeypatch.setattr(load("handler_common.champion"), "champion", lambda *_: None)
    for changed, status in (([], "Approved"), ([made], "Rejected")):
        monkeypatch.setattr(handler, "_changed", lambda *_, changed=changed: changed)
        assert handler.handler(EVENT, None)["status"] == status
    assert asked[1]["ModelPackageDescription"].endswith("were overwritten: a.csv")
    assert "training_job" in asked[1]["CustomerMetadataProperties"]
