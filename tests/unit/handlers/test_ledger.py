"""The ledger of releases: what is read of it, and in which words it is told."""

from __future__ import annotations

import json

import pytest

from handler_common import ledger

GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package/lifecycle-dev-houses"
FIRST = {"package": f"{GROUP}/1", "at": "2026-01-02T03:04:05+00:00"}
SECOND = {
    "package": f"{GROUP}/2",
    "at": "2026-01-03T00:00:59+00:00",
    "by": "ada",
    "reason": "rollback",
    "replaced": f"{GROUP}/1",
    "ended": "2026-01-04T12:30:00+00:00",
    "why": "the stack was deleted",
}


def test_entries_are_read_as_they_were_written() -> None:
    assert ledger.read(json.dumps([FIRST, SECOND])) == [FIRST, SECOND]
    assert ledger.read(ledger.EMPTY) == []


def test_other_values_than_texts_become_texts() -> None:
    assert ledger.read('[{"package": 1, "by": null}]') == [{"package": "1", "by": "None"}]


@pytest.mark.parametrize(
    "text", ["", "{}", "{}x", '"text"', "[1]", "[null]", '["package"]', '[{"at": "x"}]', "null"]
)
def test_what_is_no_ledger_is_refused_with_its_beginning(text: str) -> None:
    with pytest.raises(ValueError, match="ledger of releases is no list of packages") as refused:
        ledger.read(text)
    assert repr(text) in str(refused.value)


def test_the_newest_lives_until_it_has_ended() -> None:
    assert ledger.living([SECOND, FIRST]) == FIRST
    assert ledger.living([FIRST, SECOND]) is None
    assert ledger.living([]) is None


def test_a_row_has_a_word_for_every_column() -> None:
    [row] = ledger.rows([SECOND])
    assert row == {
        "version": "v2",
        "since": "2026-01-03 00:00",
        "by": "ada",
        "replaced": "v1",
        "reason": "rollback",
        "ended": "2026-01-04 12:30",
        "why": "the stack was deleted",
    }
    assert tuple(row) == ledger.COLUMNS
    [sparse] = ledger.rows([{"package": f"{GROUP}/1"}])
    assert sparse == {**dict.fromkeys(ledger.COLUMNS, "-"), "version": "v1"}


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        ("arn:aws:iam::123456789012:user/team/ada", "ada"),
        ("arn:aws-cn:sts::123456789012:assumed-role/Admin/ada@example.com", "ada@example.com"),
        ("arn:aws:iam::123456789012:root", "root"),
        ("the schedule in model.yaml", "the schedule in model.yaml"),
        ("a/b:c", "a/b:c"),
        ("", "-"),
    ],
)
def test_of_a_caller_the_name_is_shown(by: str, shown: str) -> None:
    assert ledger.rows([{**SECOND, "by": by}])[0]["by"] == shown


@pytest.mark.parametrize(
    ("why", "after", "shown"),
    [
        ("replaced", {"reason": "rollback"}, "replaced: rollback"),
        ("replaced", {}, "replaced"),
        ("replaced: promoted", {"reason": "promoted"}, "replaced: promoted"),
        ("the stack was deleted", {"reason": "wake"}, "the stack was deleted"),
    ],
)
def test_what_was_replaced_was_so_for_the_reason_of_the_release_after_it(
    why: str, after: dict[str, str], shown: str
) -> None:
    ended, newest = ledger.rows([{**SECOND, "why": why}, {**FIRST, **after}])
    assert (ended["why"], newest["why"]) == (shown, "-")


def test_of_no_release_there_is_no_row() -> None:
    assert ledger.rows([]) == []


@pytest.mark.parametrize(
    ("entries", "parked", "told"),
    [
        ([], None, "houses was never released"),
        ([SECOND, FIRST], f"{GROUP}/2", "houses: v1 is live since 2026-01-02 03:04 UTC"),
        ([FIRST, SECOND], None, "houses: nothing is live since 2026-01-04 12:30 UTC"),
        (
            [FIRST, SECOND],
            f"{GROUP}/2",
            "houses is parked since 2026-01-04 12:30 UTC: waking releases v2, or what was approved meanwhile",
        ),
        ([], f"{GROUP}/2", "houses is parked: waking releases v2, or what was approved meanwhile"),
    ],
)
def test_how_a_model_stands_is_a_sentence(
    entries: list[dict[str, str]], parked: str | None, told: str
) -> None:
    assert ledger.standing("houses", entries, parked) == told


def test_versions_have_a_word_for_nothing() -> None:
    assert (ledger.version("arn:x/3"), ledger.version("")) == ("v3", "-")
