"""The version of training data."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

Load = Callable[[str], ModuleType]
EVENT = {
    "model": "house-prices",
    "bucket": "data",
    "prefix": "models/house-prices/data/",
    "package_group": "lifecycle-dev-house-prices",
    "manifests": "s3://artifacts/models/house-prices/jobs/manifests/",
}
PREFIX = EVENT["prefix"]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def left() -> dict[str, str]:
    """What the function leaves in S3, by address."""
    return {}


@pytest.fixture
def take(
    load: Load, monkeypatch: pytest.MonkeyPatch, context: Any, left: dict[str, str]
) -> Callable[..., dict[str, Any]]:
    """A snapshot of objects given as (name, etag, size)."""
    logic = load("snapshot_data.logic")

    def taken(*objects: tuple[str, str, int], champion: Any = None, **more: Any) -> dict[str, Any]:
        listed = [logic.StoredObject(PREFIX + name, etag, size, NOON) for name, etag, size in objects]
        monkeypatch.setattr(load("snapshot_data.aws"), "listing", lambda bucket, prefix: listed)
        monkeypatch.setattr(load("snapshot_data.aws"), "put", left.__setitem__)
        handler = load("snapshot_data.handler")
        known = {("lifecycle-dev-endpoint-house-prices", EVENT["package_group"]): champion}
        monkeypatch.setattr(handler, "champion", lambda stack, group: known[stack, group])
        return handler.handler({**EVENT, **more}, context)

    return taken


def package(**metadata: str) -> dict[str, Any]:
    """The champion, as SageMaker describes it."""
    container = {"Image": "i", "ModelDataUrl": "s3://artifacts/model.tar.gz"}
    return {
        "ModelPackageArn": "arn:package",
        "InferenceSpecification": {"Containers": [container]},
        "CustomerMetadataProperties": metadata,
    }


A, B = ("a.csv", '"1"', 10), ("b.CSV", '"2"', 5)


def test_a_snapshot_counts_the_csv_files(take: Any) -> None:
    taken = take(A, B, ("", '"0"', 0), ("notes.txt", '"3"', 100))
    assert (taken["objects"], taken["bytes"]) == (2, 15)
    assert taken["train_uri"] == f"s3://data/{PREFIX}"
    assert taken["job_suffix"] == taken["data_version"]


def test_further_attempts_have_names_of_the_datas_version_as_long_as_a_forced_runs(take: Any) -> None:
    plain, forced = take(A), take(A, force=True, execution="run-1")
    assert plain["retry_suffix"] == take(A, execution="run-2")["retry_suffix"] != forced["retry_suffix"]
    assert forced["retry_suffix"] != take(A, force=True, execution="run-2")["retry_suffix"]
    for taken in (plain, forced):
        assert taken["retry_suffix"].startswith(f"{plain['data_version']}-")
        assert len(f"{taken['retry_suffix']}100") == len(forced["job_suffix"])


def test_the_job_gets_the_data_as_its_channel(take: Any) -> None:
    [channel] = take(A)["channels"]
    assert (channel["ChannelName"], channel["ContentType"]) == ("train", "text/csv")
    assert channel["DataSource"]["S3DataSource"]["S3DataType"] == "ManifestFile"


def test_a_job_reads_the_files_of_the_version_and_no_others(take: Any, left: dict[str, str]) -> None:
    taken = take(B, A, ("deep/c.csv", '"4"', 1), ("", '"0"', 0), ("notes.txt", '"3"', 100))
    address = f"{EVENT['manifests']}{taken['data_version']}.json"
    assert taken["manifest"] == taken["channels"][0]["DataSource"]["S3DataSource"]["S3Uri"] == address
    assert {at: json.loads(text) for at, text in left.items()} == {
        address: [{"prefix": f"s3://data/{PREFIX}"}, "a.csv", "b.CSV", "deep/c.csv"],
        taken["files"]: {"a.csv": ["1", "1"], "b.CSV": ["2", "2"], "deep/c.csv": ["4", "4"]},
    }


def test_a_run_that_is_left_to_another_leaves_no_manifest(take: Any, left: dict[str, str]) -> None:
    assert take(A, new_data=f"{PREFIX}notes.txt")["superseded"]
    assert left == {}


def test_a_manifest_is_left_where_its_address_says(load: Load) -> None:
    aws = load("snapshot_data.aws")
    with Stubber(aws._S3) as s3:
        said = {"Bucket": "b", "Key": "k/1.json", "Body": b"[]", "ContentType": "application/json"}
        s3.add_response("put_object", {}, said)
        aws.put("s3://b/k/1.json", "[]")
        s3.assert_no_pending_responses()


def test_the_job_gets_the_live_model_too_and_keeps_its_name(take: Any) -> None:
    taken = take(A, champion=package())
    assert [channel["ChannelName"] for channel in taken["channels"]] == ["train", "champion"]
    assert taken["channels"][1]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://artifacts/model.tar.gz"
    assert taken["job_suffix"] == take(A)["job_suffix"]


def test_without_a_live_model_there_is_none_to_measure(take: Any) -> None:
    assert take(A, columns="0123")["champion"] == {"package": "", "job": "", "unmeasured": ""}


@pytest.mark.parametrize(
    ("metadata", "job"),
    [
        ({"training_job": "trial-1", "tuning_job": "tuned"}, "tuned"),
        ({"training_job": "trained"}, "trained"),
        ({}, ""),
    ],
)
def test_the_live_model_is_told_with_the_job_that_made_it(
    take: Any, metadata: dict[str, str], job: str
) -> None:
    found = take(A, champion=package(**metadata))["champion"]
    assert found == {"package": "arn:package", "job": job, "unmeasured": ""}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"columns": "0123"}, ""),
        ({"columns": "4567"}, "another algorithm, target, classes or features"),
        ({}, "does not say which columns"),
    ],
)
def test_a_live_model_of_other_columns_cannot_be_measured(
    take: Any, metadata: dict[str, str], said: str
) -> None:
    unmeasured = take(A, champion=package(**metadata), columns="0123")["champion"]["unmeasured"]
    assert said in unmeasured
    assert bool(unmeasured) is bool(said)


def test_the_same_files_give_the_same_version_in_any_order(take: Any) -> None:
    assert take(A, B)["data_version"] == take(B, A)["data_version"]


@pytest.mark.parametrize(
    "other", [[A], [A, ("b.CSV", '"9"', 5)], [A, ("c.csv", '"2"', 5)], [A, B, ("c.csv", '"3"', 1)]]
)
def test_another_content_or_name_is_another_version(take: Any, other: Any) -> None:
    assert take(*other)["data_version"] != take(A, B)["data_version"]


def test_a_forced_run_has_the_same_version_but_a_job_of_its_own(take: Any) -> None:
    plain, first = take(A), take(A, force=True, execution="run-1")
    again, second = take(A, force=True, execution="run-1"), take(A, force=True, execution="run-2")
    assert plain["data_version"] == first["data_version"]
    assert len({plain["job_suffix"], first["job_suffix"], second["job_suffix"]}) == 3
    assert first == again
    assert len(first["job_suffix"]) == 21


def test_an_execution_name_alone_forces_nothing(take: Any) -> None:
    assert take(A, execution="run-1", force=False) == take(A)


def test_a_forced_run_without_a_name_takes_the_requests(take: Any) -> None:
    assert take(A, force=True)["job_suffix"] != take(A)["job_suffix"]


@pytest.mark.parametrize(("objects", "words"), [([], "no object"), ([("notes.txt", "1", 1)], "no CSV file")])
def test_nothing_to_train_on_is_refused(load: Load, take: Any, objects: Any, words: str) -> None:
    with pytest.raises(load("snapshot_data.logic").NoTrainingData, match=words) as caught:
        take(*objects)
    assert f"s3://data/{PREFIX}" in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        *({"model": ""}, {"bucket": None}, {"prefix": 3}, {"package_group": ""}),
        *({"manifests": None}, {"force": "yes"}),
    ],
)
def test_a_bad_input_is_named(load: Load, take: Any, change: Any) -> None:
    with pytest.raises(load("snapshot_data.logic").BadInput, match=next(iter(change))):
        take(A, **change)


def test_all_pages_are_listed(load: Load) -> None:
    aws = load("snapshot_data.aws")
    with Stubber(aws._S3) as s3:
        item = {"Key": "k/a.csv", "ETag": '"1"', "Size": 3, "LastModified": NOON}
        asked = {"Bucket": "data", "Prefix": "k/"}
        s3.add_response(
            "list_objects_v2", {"Contents": [item], "IsTruncated": True, "NextContinuationToken": "n"}, asked
        )
        s3.add_response("list_objects_v2", {"Contents": [item]}, {**asked, "ContinuationToken": "n"})
        s3.add_response("list_objects_v2", {}, asked)
        assert len(aws.listing("data", "k/")) == 2
        assert aws.listing("data", "k/") == []


def test_a_bucket_that_is_not_there_is_named(load: Load) -> None:
    aws = load("snapshot_data.aws")
    with Stubber(aws._S3) as s3:
        s3.add_client_error("list_objects_v2", "NoSuchBucket")
        with pytest.raises(load("snapshot_data.logic").NoTrainingData, match="bucket data does not exist"):
            aws.listing("data", "k/")


def listed(load: Load, monkeypatch: pytest.MonkeyPatch, heads: list[dict[str, str] | str], etag: str) -> Any:
    """A listing of a.csv, b.csv and so on, of which HeadObject answers so: with checksums, or an error."""
    aws = load("snapshot_data.aws")
    monkeypatch.setattr(aws, "WORKERS", 1)
    names = [f"{PREFIX}{letter}.csv" for letter in "abcdef"[: len(heads)]]
    item = {"ETag": etag, "Size": 3, "LastModified": NOON, "ChecksumAlgorithm": ["SHA256"]}
    others = [
        {**item, "Key": f"{PREFIX}notes.txt"},
        {**item, "Key": f"{PREFIX}z.csv", "ChecksumAlgorithm": []},
    ]
    with Stubber(aws._S3) as s3:
        s3.add_response(
            "list_objects_v2", {"Contents": [*({**item, "Key": name} for name in names), *others]}
        )
        for name, head in zip(names, heads, strict=True):
            asked = {"Bucket": "data", "Key": name, "ChecksumMode": "ENABLED"}
            if isinstance(head, str):
                s3.add_client_error("head_object", head, expected_params=asked)
            else:
                s3.add_response("head_object", head, asked)
        found = aws.listing("data", PREFIX)
        s3.assert_no_pending_responses()
    return found


def test_a_checksum_tells_contents_apart_whatever_the_etag_is(load: Load, monkeypatch) -> None:
    logic = load("snapshot_data.logic")
    request = logic.read_request(EVENT, "id")

    def version(checksum: str, etag: str) -> str:
        files = listed(load, monkeypatch, [{"ChecksumSHA256": checksum}], '"same"')
        files = [replace(file, etag=etag) if file.checksum else file for file in files]
        return logic.snapshot(request, files, None)["data_version"]

    assert version("one", "1") == version("one", "2")
    assert version("one", "1") != version("two", "1")


def test_of_several_checksums_the_strongest_counts_with_its_name(load: Load, monkeypatch) -> None:
    heads: list[Any] = [{"ChecksumCRC32": "c", "ChecksumSHA256": "s"}, {"ChecksumCRC64NVME": "n"}, {}]
    found = listed(load, monkeypatch, heads, '"1"')
    assert [file.checksum for file in found] == ["ChecksumSHA256:s", "ChecksumCRC64NVME:n", None, None, None]
    logic = load("snapshot_data.logic")
    left = json.loads(logic.contents(logic.read_request(EVENT, "id"), found))
    assert left["a.csv"] == ["1", "ChecksumSHA256:s"]


@pytest.mark.parametrize("code", ["403", "404"])
def test_a_checksum_that_may_not_be_read_leaves_the_etag(load: Load, monkeypatch, code: str) -> None:
    assert listed(load, monkeypatch, [code], '"1"')[0].content == "1"


def test_any_other_error_is_raised(load: Load, monkeypatch) -> None:
    with pytest.raises(ClientError, match="SlowDown"):
        listed(load, monkeypatch, ["SlowDown"], '"1"')


@pytest.fixture
def superseded(load: Callable[[str], ModuleType]) -> Callable[..., bool]:
    """Whether the run of an object is left to another, given minutes after noon by name."""
    logic = load("snapshot_data.logic")

    def decide(new_data: str, **minutes: int) -> bool:
        listed = [
            logic.StoredObject(f"{PREFIX}{name}.csv", "e", 1, NOON + timedelta(minutes=after))
            for name, after in minutes.items()
        ]
        request = logic.read_request({**EVENT, "new_data": new_data and f"{PREFIX}{new_data}"}, "id")
        return logic.snapshot(request, listed, None)["superseded"]

    return decide


def test_of_many_new_files_the_newest_ones_run_trains_and_no_other(superseded: Any) -> None:
    files = {f"file{index}": index // 3 for index in range(10)}
    going_on = [name for name in files if not superseded(f"{name}.csv", **files)]
    assert going_on == ["file9"]


def test_of_files_of_the_same_second_exactly_one_run_trains(superseded: Any) -> None:
    files = {"a": 1, "b": 1, "c": 1}
    assert sum(not superseded(f"{name}.csv", **files) for name in files) == 1


def test_a_run_by_hand_or_schedule_is_left_to_nobody(superseded: Any) -> None:
    assert not superseded("", a=1, b=2)


def test_a_run_whose_file_is_gone_trains_on_what_there_is(superseded: Any) -> None:
    assert not superseded("gone.csv", a=1)


def test_a_new_object_that_is_no_csv_trains_nothing(superseded: Any) -> None:
    assert superseded("notes.txt", a=1)


def test_a_key_that_is_no_text_is_refused(load: Callable[[str], ModuleType]) -> None:
    logic = load("snapshot_data.logic")
    asked = {**EVENT, "new_data": 3}
    with pytest.raises(logic.BadInput, match="new_data: must be the key of an object or empty"):
        logic.read_request(asked, "id")
