"""Hosts that train together come and go at their own pace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_HOSTS = ["algo-1", "algo-2"]
_PROGRAM = """
import sys, time
from emulator.builtins.contract import Job
from emulator.builtins.xgboost_hosts import together
import numpy as np, xgboost as xgb
before, after = float(sys.argv[1]), float(sys.argv[2])
job = Job()
time.sleep(before)
with together(job):
    total = xgb.collective.allreduce(np.array([1.0]), xgb.collective.Op.SUM)
    time.sleep(after)
print(int(total[0]))
"""


def _bases(folder: Path) -> list[Path]:
    bases = [folder / host for host in _HOSTS]
    for host, base in zip(_HOSTS, bases, strict=True):
        config = base / "input" / "config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text("{}")
        (config / "inputdataconfig.json").write_text("{}")
        (config / "resourceconfig.json").write_text(json.dumps({"current_host": host, "hosts": _HOSTS}))
    return bases


@pytest.mark.parametrize(("before", "after"), [((0, 0), (0, 0.5)), ((0.5, 0), (0.5, 0))])
def test_a_host_that_comes_or_leaves_late_keeps_nobody_waiting_for_ever(
    tmp_path: Path, before: tuple[float, float], after: tuple[float, float]
) -> None:
    bases = _bases(tmp_path)
    folders = os.pathsep.join(str(base) for base in bases)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(early), str(late)],
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(base), "EMULATOR_HOST_FOLDERS": folders},
            stdout=subprocess.PIPE,
            text=True,
        )
        for base, early, late in zip(bases, before, after, strict=True)
    ]
    try:
        said = [process.communicate(timeout=100)[0] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [text.splitlines()[-1:] for text in said] == [["2"], ["2"]]
    assert [process.returncode for process in running] == [0, 0]
