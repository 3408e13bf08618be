"""The id of a prediction: what feedback learns of it."""

from __future__ import annotations

import pytest

from handler_common import inference_id
from handler_common.inference_id import Receipt

REQUEST = "5f0c2f6e-1111-4222-8333-444455556666"


def test_an_id_says_when_and_by_which_variant_it_was_answered() -> None:
    told = inference_id.made(REQUEST, 1_790_000_000.9, "challenger", key=None, drawn=True)
    assert told == f"{REQUEST}.6ab13b80.challenger."
    assert inference_id.read(told) == Receipt(REQUEST, 1_790_000_000, "challenger", REQUEST, drawn=True)


def test_the_requests_of_a_caller_are_one_unit_whose_key_is_not_told() -> None:
    one, other = (inference_id.made(id, 1, "champion", key="ann", drawn=True) for id in ("a", "b"))
    first, second = inference_id.read(one), inference_id.read(other)
    assert first
    assert second
    assert (first.request, second.request) == ("a", "b")
    assert first.unit == second.unit
    assert "ann" not in one
    assert len(first.unit) == 12


def test_a_variant_that_was_asked_for_is_not_drawn() -> None:
    told = inference_id.made(REQUEST, 1, "champion", key="ann", drawn=False)
    assert inference_id.read(told) == Receipt(REQUEST, 1, "champion", REQUEST, drawn=False)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        REQUEST,
        f"{REQUEST}.1.shadow.",
        f"{REQUEST}.x.champion.",
        f"{REQUEST}.1.champion.12",
        "a.1.champion.\n",
    ],
)
def test_what_is_no_id_is_told_apart(text: object) -> None:
    assert inference_id.read(text) is None
