"""How a transform job cuts objects into requests, and makes objects of the answers."""

from typing import Any

import pytest

from emulator.sagemaker.transform_batches import MEGABYTE, BadRecord, Processing
from emulator.sagemaker.transform_columns import Columns


def processing(
    split: str = "Line", single: bool = False, megabytes: int = 1, assemble: str = "Line", **data: Any
) -> Processing:
    request = {
        "TransformInput": {"SplitType": split},
        "TransformOutput": {"AssembleWith": assemble},
        "DataProcessing": data,
    }
    return Processing.of(request, single, megabytes)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", "abcd"),
        ("$[1:]", "bcd"),
        ("$[:2]", "ab"),
        ("$[-1]", "d"),
        ("$[0,-1]", "ad"),
        ("$[3, 1:3]", "dbc"),
    ],
)
def test_a_filter_names_columns_by_index_and_slice(path: str, expected: str) -> None:
    assert Columns(path).of(list("abcd")) == list(expected)


@pytest.mark.parametrize("path", ["$.id", "$['id']", "$[*]", "$[]", "$[::2]", "[0]"])
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"the emulator knows|neither an index nor a slice"):
        Columns(path)


def test_many_records_are_one_request_and_blank_ends_add_none() -> None:
    [batch] = processing().batches(b"1,2\n3,4\n")
    assert (batch.body, batch.records) == (b"1,2\n3,4\n", ["1,2", "3,4"])
    assert processing().batches(b"") == []


@pytest.mark.parametrize("separator", ["\u2028", "\x0c", "\x85"])
def test_what_only_unicode_has_for_an_end_of_line_ends_no_record(separator: str) -> None:
    record = f"a{separator}b,2"
    made = processing(JoinSource="Input")
    [batch] = made.batches(f"{record}\r\n".encode())
    assert batch.records == [record]
    assert made.output([batch], [f"c{separator}d\n".encode()]).decode() == f"{record},c{separator}d\n"


def test_a_request_holds_no_more_than_the_payload() -> None:
    record = b"7" * (MEGABYTE // 2 - 1) + b"\n"
    sizes = [len(batch.body) for batch in processing().batches(record * 5)]
    assert sizes == [MEGABYTE, MEGABYTE, MEGABYTE // 2]


@pytest.mark.parametrize("split", ["Line", "None"])
def test_a_record_that_is_larger_than_the_payload_is_refused(split: str) -> None:
    with pytest.raises(BadRecord, match="Too much data for max payload size"):
        processing(split).batches(b"7" * (MEGABYTE + 1))


def test_a_single_record_is_a_request() -> None:
    assert [batch.body for batch in processing(single=True).batches(b"1\n2\n")] == [b"1\n", b"2\n"]


def test_an_object_that_is_not_split_goes_as_it_is() -> None:
    assert [batch.body for batch in processing("None").batches(b"1\r\n\n2")] == [b"1\r\n\n2"]


def test_what_the_model_does_not_get_is_filtered_out() -> None:
    [batch] = processing(InputFilter="$[1:]").batches(b'label,"a,b",\n')
    assert batch.body == b'"a,b",\n'
    with pytest.raises(BadRecord, match="InputFilter names a column"):
        processing(InputFilter="$[3]").batches(b"1,2\n")


@pytest.mark.parametrize(("assemble", "expected"), [("Line", b"1\n2\n"), ("None", b"12\n")])
def test_answers_are_put_together_in_order(assemble: str, expected: bytes) -> None:
    processed = processing(single=True, assemble=assemble)
    assert processed.output(processed.batches(b"a\nb\n"), [b"1", b"2\n"]) == expected


def test_answers_join_their_records() -> None:
    processed = processing(InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    batches = processed.batches(b"x,1,2\ny,3,4\n")
    assert processed.output(batches, [b"10\n20\n"]) == b"x,10\ny,20\n"
    with pytest.raises(BadRecord, match="Failed to parse output from the algorithm as CSV"):
        processed.output(batches, [b"10,20"])


def test_an_output_column_that_is_not_there_is_refused() -> None:
    processed = processing(OutputFilter="$[1]")
    with pytest.raises(BadRecord, match="OutputFilter names a column"):
        processed.output(processed.batches(b"x\n"), [b"10\n"])
