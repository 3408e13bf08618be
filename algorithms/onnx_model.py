"""Writes ONNX models: the few parts of the format that a forest takes, without the package onnx.

That would be another download of each training, with three more that it needs, for what is a screenful: a
message of protocol buffers is its fields one after the other, each a key (the field's number, and its kind)
and a number, or a length and so many bytes (https://protobuf.dev/programming-guides/encoding/). The fields
are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. The same content gives the same bytes.
"""

from collections.abc import Mapping

import numpy as np
from artefact import Array

IR_VERSION = 10
# Sets of operators: the one that TreeEnsemble came with, and one of its time.
OPSETS = {"": 18, "ai.onnx.ml": 5}
# AttributeProto.AttributeType.
_INT, _TENSOR, _INTS = 2, 4, 7
# TensorProto.DataType.
DATA_TYPES = {"float64": 11, "int64": 7, "uint8": 2}
_DOUBLE = DATA_TYPES["float64"]


def node(
    operator: str, inputs: tuple[str, ...], output: str, domain: str = "", **attributes: int | Array
) -> bytes:
    """A step of a graph. attributes: an int, ints (an array of int64), or a tensor (any other array)."""
    parts = [_text(1, name) for name in inputs]
    parts += [_text(2, output), _text(4, operator)]
    parts += [_attribute(name, value) for name, value in attributes.items()]
    return _message(1, *parts, _text(7, domain))


def model(nodes: list[bytes], constants: Mapping[str, Array], columns: int, answers: int) -> bytes:
    """A model from `x`, rows x columns of doubles, to `y`, rows x answers.

    constants: tensors by the names under which nodes take them.
    """
    tensors = [_message(5, _tensor(name, constants[name])) for name in sorted(constants)]
    ends = [_message(11, _matrix("x", columns)), _message(12, _matrix("y", answers))]
    graph = _message(7, *nodes, _text(2, "forest"), *tensors, *ends)
    sets = [_message(8, _text(1, domain), _number(2, version)) for domain, version in OPSETS.items()]
    return b"".join([_number(1, IR_VERSION), graph, *sets])


def _attribute(name: str, value: int | Array) -> bytes:
    if isinstance(value, int):
        return _message(5, _text(1, name), _number(3, value), _number(20, _INT))
    if value.dtype == np.int64:
        return _message(5, _text(1, name), _bytes(8, _varints(value)), _number(20, _INTS))
    return _message(5, _text(1, name), _message(5, _tensor("", value)), _number(20, _TENSOR))


def _tensor(name: str, values: Array) -> bytes:
    kind = _number(2, DATA_TYPES[values.dtype.name])
    # Little-endian, which every machine is that this runs on.
    return _bytes(1, _varints(values.shape)) + kind + _text(8, name) + _bytes(9, values.tobytes())


def _matrix(name: str, columns: int) -> bytes:
    """ValueInfoProto of doubles, any number of rows."""
    shape = _message(2, _message(1, _text(2, "rows")), _message(1, _number(1, columns)))
    return _text(1, name) + _message(2, _message(1, _number(1, _DOUBLE), shape))


def _number(field: int, value: int) -> bytes:
    return _varints((field << 3, value))


def _message(field: int, *parts: bytes) -> bytes:
    return _bytes(field, b"".join(parts))


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return _varints((field << 3 | 2, len(content))) + content


def _varints(numbers: tuple[int, ...] | Array) -> bytes:
    """Numbers from 0 to 2^35 - 1 in seven bits a byte, the lowest first, the eighth set where more follow."""
    sevens = np.asarray(numbers, dtype=np.int64)[:, np.newaxis] >> np.arange(0, 42, 7)
    more = sevens[:, 1:] > 0
    digits = (sevens[:, :-1] & 0x7F | more << 7).astype(np.uint8)
    there = np.column_stack([np.ones(len(digits), dtype=bool), more[:, :-1]])
    return digits[there].tobytes()
