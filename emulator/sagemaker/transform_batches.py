"""From an object to the requests of a transform job, and from their answers to its output.

Sources: CreateTransformJob's reference (BatchStrategy, MaxPayloadInMB), TransformInput (SplitType),
TransformOutput (AssembleWith), DataProcessing (JoinSource).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.sagemaker.requests import Params
from emulator.sagemaker.transform_columns import Columns, read_row, write_row

MEGABYTE = 1024 * 1024


class BadRecord(Exception):
    """An object that cannot be transformed; the text is the line of the job's log."""


@dataclass(frozen=True)
class Batch:
    """One request: its body, and the records of the input that it was made of."""

    body: bytes
    records: Sequence[str]


@dataclass(frozen=True)
class Processing:
    """How objects become requests and answers become objects.

    by_line: whether records are lines; else an object is one. single: one record a request.
    payload_bytes: the most of a request's body. ends_lines: whether each answer ends its line.
    join: whether input columns come before those of the answer.
    """

    by_line: bool
    single: bool
    payload_bytes: int
    ends_lines: bool
    input_filter: Columns
    output_filter: Columns
    join: bool

    @classmethod
    def of(cls, request: Params, single: bool, payload_mb: int) -> Processing:
        """As CreateTransformJob's request says, with what the container may have said."""
        processing = request.get("DataProcessing") or {}
        return cls(
            by_line=request["TransformInput"].get("SplitType") == "Line",
            single=single,
            payload_bytes=payload_mb * MEGABYTE,
            ends_lines=request["TransformOutput"].get("AssembleWith") == "Line",
            input_filter=Columns(processing.get("InputFilter", "$")),
            output_filter=Columns(processing.get("OutputFilter", "$")),
            join=processing.get("JoinSource") == "Input",
        )

    def batches(self, content: bytes) -> list[Batch]:
        """The requests of an object, in its order. Raises BadRecord."""
        if not self.by_line:
            self._require_fit(len(content))
            return [Batch(content, [])]
        batches: list[Batch] = []
        bodies: list[bytes] = []
        records: list[str] = []
        size = 0
        for record in _lines(content):
            body = self._filtered(record).encode() + b"\n"
            self._require_fit(len(body))
            if bodies and (self.single or size + len(body) > self.payload_bytes):
                batches.append(Batch(b"".join(bodies), records))
                bodies, records, size = [], [], 0
            bodies.append(body)
            records.append(record)
            size += len(body)
        return [*batches, Batch(b"".join(bodies), records)] if bodies else batches

    def output(self, batches: Sequence[Batch], answers: Sequence[bytes]) -> bytes:
        """What is left of the answers, which are in the order of the batches. Raises BadRecord."""
        if self.join or not self.output_filter.is_all:
            pairs = zip(batches, answers, strict=True)
            return "".join(f"{line}\n" for one in pairs for line in self._joined(*one)).encode()
        if not self.ends_lines:
            return b"".join(answers)
        return b"".join(answer if answer.endswith(b"\n") else answer + b"\n" for answer in answers)

    def _require_fit(self, size: int) -> None:
        if size > self.payload_bytes:
            raise BadRecord("Too much data for max payload size")

    def _filtered(self, record: str) -> str:
        if self.input_filter.is_all:
            return record
        try:
            return write_row(self.input_filter.of(read_row(record)))
        except IndexError as error:
            raise BadRecord(f"InputFilter names a column that a record has not: {record[:100]}") from error

    def _joined(self, batch: Batch, answer: bytes) -> list[str]:
        rows = [read_row(line) for line in _lines(answer)]
        if len(rows) != len(batch.records):
            raise BadRecord("Failed to parse output from the algorithm as CSV")
        before = [read_row(record) if self.join else [] for record in batch.records]
        try:
            return [
                write_row(self.output_filter.of([*given, *row]))
                for given, row in zip(before, rows, strict=True)
            ]
        except IndexError as error:
            raise BadRecord("OutputFilter names a column that a row has not") from error


def _lines(content: bytes) -> list[str]:
    """Cut as bytes: a text would be cut also where Unicode alone sees an end of line."""
    return [line.decode("utf-8") for line in content.splitlines()]
