"""Each row of the table of what a rotation survives names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "docs/operations.md").read_text(encoding="utf-8").split("### What a rotation survives")[1]
ROWS = [line for line in TABLE.split("\n### ")[0].splitlines() if line.startswith("| ")][1:]


def test_the_table_is_there() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_row_names_tests_that_exist(row: str) -> None:
    cell = row.split("|")[-2]
    file = re.search(r"in `(tests/[^`]+)`", cell)
    folder = ROOT / "tests/integration/rotation"
    files = [ROOT / file.group(1)] if file else sorted(folder.glob("test_*.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    names = re.findall(r"`(test_\w+)`", cell)
    assert names
    assert [name for name in names if f"def {name}(" not in text] == []
