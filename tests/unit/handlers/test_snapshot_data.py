"""The version of training data."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

Load = Callable[[str], ModuleType]
EVENT = {"model": "house-prices", "bucket": "data", "prefix": "models/house-prices/data/"}
PREFIX = EVENT["prefix"]


@pytest.fixture
def take(load: Load, monkeypatch: pytest.MonkeyPatch, context: Any) -> Callable[..., dict[str, Any]]:
    """A snapshot of objects given as (name, etag, size)."""
    logic = load("snapshot_data.logic")

    def taken(*objects: tuple[str, str, int], **more: Any) -> dict[str, Any]:
        listed = [logic.StoredObject(PREFIX + name, etag, size) for name, etag, size in objects]
        monkeypatch.setattr(load("snapshot_data.aws"), "listing", lambda bucket, prefix: listed)
        return load("snapshot_data.handler").handler({**EVENT, **more}, context)

    return taken


A, B = ("a.csv", '"1"', 10), ("b.CSV", '"2"', 5)


def test_a_snapshot_counts_the_csv_files(take: Any) -> None:
    taken = take(A, B, ("", '"0"', 0), ("notes.txt", '"3"', 100))
    assert (taken["objects"], taken["bytes"]) == (2, 15)
    assert taken["train_uri"] == f"s3://data/{PREFIX}"
    assert taken["job_suffix"] == taken["data_version"]


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


@pytest.mark.parametrize("change", [{"model": ""}, {"bucket": None}, {"prefix": 3}, {"force": "yes"}])
def test_a_bad_input_is_named(load: Load, take: Any, change: Any) -> None:
    with pytest.raises(load("snapshot_data.logic").BadInput, match=next(iter(change))):
        take(A, **change)


def test_all_pages_are_listed(load: Load) -> None:
    aws = load("snapshot_data.aws")
    with Stubber(aws._S3) as s3:
        item = {"Key": "k/a.csv", "ETag": '"1"', "Size": 3}
        asked = {"Bucket": "data", "Prefix": "k/"}
        s3.add_response(
            "list_objects_v2", {"Contents": [item], "IsTruncated": True, "NextContinuationToken": "n"}, asked
        )
        s3.add_response("list_objects_v2", {"Contents": [item]}, {**asked, "ContinuationToken": "n"})
        s3.add_response("list_objects_v2", {}, asked)
        assert len(aws.listing("data", "k/")) == 2
        assert aws.listing("data", "k/") == []
