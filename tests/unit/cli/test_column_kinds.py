"""What a column is meant as, and which of its cells training would refuse."""

from __future__ import annotations

from collections import Counter

import pytest

from cli.column_kinds import Reading, reading

NUMBERS = [f"{n}.5" for n in range(20)]
DATES = [f"2024-01-{day:02}" for day in range(1, 21)]


@pytest.mark.parametrize("word", ["NA", "N/A", "nan", "NaN", "null", "None", "-", "?"])
@pytest.mark.parametrize(
    ("cells", "kind"), [(NUMBERS, "number"), (DATES, "date"), (["true", "0"], "boolean")]
)
def test_a_word_for_a_gap_makes_no_text_of_a_column(cells: list[str], kind: str, word: str) -> None:
    assert reading(Counter([*cells, word])) == Reading(kind, gap_words=(word,))  # pyright: ignore[reportArgumentType]


def test_a_column_with_more_gaps_than_numbers_is_one_of_numbers() -> None:
    assert reading({"NA": 90, "1": 4, "2": 6}) == Reading("number", gap_words=("NA",))


@pytest.mark.parametrize(
    "cell",
    [
        "1,5",
        "-1,5",
        "1'500",
        "1,500",
        "1,500.25",
        "1.500,25",
        "1 500",
        "12%",
        "12,5 %",
        "CHF 900",
        "€ 5",
        "5 EUR",
        "−5",
    ],
)
def test_a_number_that_is_written_in_another_way_is_a_number(cell: str) -> None:
    assert reading(Counter([*NUMBERS, cell])) == Reading("number", forms=(cell,))
    assert reading({cell: 3}) == Reading("number", forms=(cell,))


@pytest.mark.parametrize(
    "cell",
    [
        "01.03.2024",
        "1.3.24",
        "03/01/2024",
        "3-1-2024",
        "2024/03/01",
        "2024.3.1",
        "2024-03-01T00:00",
        "2024-03-01 00:00:00",
    ],
)
def test_a_date_that_is_written_in_another_way_is_a_date(cell: str) -> None:
    assert reading(Counter([*DATES, cell])) == Reading("date", forms=(cell,))
    assert reading({cell: 3}) == Reading("date", forms=(cell,))


@pytest.mark.parametrize(
    "cell", ["1.2.3", "192.168.1.10", "079 123 45 67", "12a", "1/2", "A 1", "1-2", "1.2/2024"]
)
def test_a_text_with_digits_is_no_number_and_no_date(cell: str) -> None:
    assert reading({cell: 3}) == Reading("category")


def test_a_few_other_cells_among_many_numbers_are_mistakes() -> None:
    assert reading(Counter([*NUMBERS, "about 5"])) == Reading("number", others=("about 5",))


def test_a_few_numbers_and_a_word_are_categories_and_the_word_is_told() -> None:
    assert reading({"1": 9, "2": 9, "3+": 2}) == Reading("category", others=("3+",))


def test_up_to_four_fifths_of_numbers_are_no_column_of_numbers() -> None:
    assert reading(Counter([*NUMBERS, *"abcde"])) == Reading("category")
    assert reading(Counter([*NUMBERS, *"abcd"])) == Reading("number", others=("a", "b", "c", "d"))


def test_a_word_for_a_gap_among_texts_is_told() -> None:
    assert reading({"oil": 3, "gas": 2, "NA": 1}) == Reading("category", gap_words=("NA",))


def test_words_for_gaps_alone_are_text() -> None:
    assert reading({"NA": 3, "-": 2}).kind == "category"
    assert reading({}).kind == "number"
