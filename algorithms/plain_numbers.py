"""Rows of plain decimal numbers from a request's text, all at once, where a decoder makes an object of each.

Exact: of most numbers the digits are a whole number up to 2^53, and the power of ten is a float, too, so that
one division rounds as a decoder does (W. D. Clinger, How to read floating point numbers accurately, 1990).
The others are read one by one. A zero has no sign. What is no such text is left to who can say what is wrong
with it, if anything is.
"""

import numpy as np
from artefact import Array

LARGEST_WHOLE = 2**53
MOST_PLACES = 22
POWERS_OF_TEN = np.array([float(f"1e{power}") for power in range(MOST_PLACES + 1)])
# From about as many bytes of JSON on it is faster than a decoder.
LONG_TEXT_BYTES = 1536

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BEGINNINGS = (b'{"instances": [[', b'{"instances":[[')
_OF_LISTS = b"0123456789-., []"
_OF_LINES = b"0123456789-.,\n"

# The marks between digits, two bits each, as they follow each other in ASCII. A row ends with a slash.
_COMMA, _MINUS, _POINT, _END = (byte & 3 for byte in b",-./")
_SLASH_FOR_BRACKET = bytes.maketrans(b"]", b"/")
# Which mark may follow which, with digits between the two (1) or without (0).
_PAIRS = (
    *((before, mark, 1) for before in (_COMMA, _MINUS) for mark in (_COMMA, _POINT, _END)),
    *((_POINT, _COMMA, 1), (_POINT, _END, 1), (_COMMA, _MINUS, 0), (_END, _COMMA, 0)),
)
_ALLOWED = np.isin(np.arange(32), [before * 8 + mark * 2 + digits for before, mark, digits in _PAIRS])


def from_json(body: bytes, columns: int) -> Array | None:
    """Rows x columns of `{"instances": [[...], ...]}`; None for anything but plain numbers in such rows."""
    beginning = next(filter(body.startswith, _BEGINNINGS), None)
    if beginning is None or not body.endswith(b"]]}"):
        return None
    rows = body[len(beginning) : -2]
    if rows.translate(None, _OF_LISTS) or rows.count(b" ") != rows.count(b", "):
        return None
    more_rows = rows.count(b"], [") or rows.count(b"],[")
    if rows.count(b"[") != more_rows or rows.count(b"]") != more_rows + 1:
        return None
    return _matrix(b"," + rows.translate(_SLASH_FOR_BRACKET, b" ["), columns)


def from_csv(body: bytes, columns: int) -> Array | None:
    """Rows x columns of CSV without a header; None for anything but plain numbers in such rows."""
    lines = body.removeprefix(_BYTE_ORDER_MARK).replace(b"\r\n", b"\n").removesuffix(b"\n")
    if lines.translate(None, _OF_LINES):
        return None
    return _matrix(b",%b/" % lines.replace(b"\n", b"/,"), columns)


def _matrix(text: bytes, columns: int) -> Array | None:
    """Of `,1,2.5/,-3,4/`: nothing but digits and marks, between a comma and a slash."""
    codes = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero(codes < ord("0"))
    digits = np.diff(marks) - 1
    kinds = codes[marks] & 3
    before, kinds = kinds[:-1], kinds[1:]
    if not _ALLOWED[before * 8 + kinds * 2 + (digits > 0)].all():
        return None
    in_fraction = before == _POINT
    # JSON has no 007.
    if ((codes[marks[:-1] + 1] == ord("0")) & (digits > 1) & ~in_fraction).any():
        return None
    after_number = np.flatnonzero((kinds != _POINT) & (digits > 0))
    row_ends = np.flatnonzero(kinds[after_number] == _END)
    if not np.array_equal(row_ends, np.arange(columns - 1, len(after_number), columns)):
        return None
    # Ends at the largest or smallest there is.
    whole = np.fromstring(text[1:].translate(None, b"./"), dtype=np.int64, sep=",")
    places = (digits * in_fraction)[after_number]
    numbers = whole / POWERS_OF_TEN[np.minimum(places, MOST_PLACES)]
    inexact = np.flatnonzero((whole > LARGEST_WHOLE) | (whole < -LARGEST_WHOLE) | (places > MOST_PLACES))
    if len(inexact):
        cells = text[1:].translate(None, b"/").split(b",")
        numbers[inexact] = [float(cells[index]) for index in inexact.tolist()]
        if not np.isfinite(numbers).all():
            return None
    return numbers.reshape(-1, columns)
