"""With pandas, as in AWS's image, files of numbers are read as csv_table reads them, to the last bit."""

import os
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COMPARE = """import random
import struct
from pathlib import Path
import number_table
from csv_table import Column, read_table

assert number_table._PANDAS
draw, columns, path = random.Random(0), (Column("a"), Column("b")), Path("x.csv")

def same(lines, header="a,b"):
    path.write_text("\\n".join([header, *lines]))
    quick, careful = number_table.read_numbers(path, columns), read_table(path, columns)
    if quick is None:
        return False
    assert not careful.faults, lines
    assert [column.tolist() for column in quick.columns] == careful.columns, lines
    return True

drawn = (repr(struct.unpack("d", draw.randbytes(8))[0]) for _ in range(20_000))
cells = [cell for cell in drawn if "n" not in cell]
cells += [f"{draw.uniform(-1000, 1000):.{digits}f}" for digits in range(25) for _ in range(400)]
cells += [str(draw.randrange(10**digits)) for digits in range(1, 30) for _ in range(100)]
assert same(f"{cell},{cell}" for cell in cells)
anything = "0123456789" * 2 + "+-.eE,,,\\n\\n "
assert same(["1,2,3", "4,5,"], "a,b,more")
assert not same(["1,2,3", "4,5"], "a,b,more")
print(sum(same(["".join(draw.choices(anything, k=draw.randint(1, 14)))]) for _ in range(5000)))
"""


def test_pandas_reads_the_same_numbers_and_no_others(toolkits: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "algorithms")}
    command = [str(toolkits), "-c", COMPARE]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
