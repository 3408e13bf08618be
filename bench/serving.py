"""Serving: our WSGI application and portable artefact against AWS's Flask and joblib, in the same gunicorn.

`python -m bench.serving` prints the table. Needs the environment of `make verify`, with AWS's packages.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression

from bench.http_load import WARM_UP_SECONDS, Load

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = PROJECT / ".venv-verify" / "bin" / "python"
SECONDS = 0.8
# Turn and turn about, so that whatever else the machine does falls on both.
ROUNDS = 5
CONNECTIONS = 16
START_SECONDS = 60
# Least factor of requests a second, by rows of a request; and most of its p99 at one connection.
TARGETS = {
    ("linear-regression", 1): 5.0,
    ("linear-regression", 100): 2.5,
    ("random-forest", 1): 10.0,
    ("random-forest", 100): 4.0,
}
P99_TARGET = 1 / 3
ESTIMATORS: dict[str, Any] = {
    "linear-regression": LinearRegression(),
    "random-forest": RandomForestRegressor(random_state=0),
}
# What a user writes who follows AWS's documentation; all else is the default of AWS's code.
PEER_CODE = """import os
import joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""


@dataclass(frozen=True)
class Carried:
    """What one server carried: medians of rounds. cpu: microseconds of all its processes for a request."""

    requests: float
    cpu: float
    p99_alone: float


@dataclass(frozen=True)
class Case:
    """One comparison, by rows of a request."""

    algorithm: str
    rows: int
    ours: Carried
    theirs: Carried

    @property
    def factor(self) -> float:
        """Requests a second, ours over theirs."""
        return self.ours.requests / self.theirs.requests

    @property
    def p99_part(self) -> float:
        """p99 at one connection, ours over theirs."""
        return self.ours.p99_alone / self.theirs.p99_alone


@dataclass(frozen=True)
class Server:
    """A gunicorn that runs: its port, and the process that started the workers."""

    port: int
    process: int

    def cpu(self) -> float:
        """Seconds of CPU that the workers have used."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        # Fields 14 and 15 of /proc/PID/stat, counted behind the name in brackets: proc(5).
        stats = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in children]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def measure() -> list[Case]:
    """All cases, on scikit-learn's diabetes data (10 features; the forest has 100 trees)."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON} is missing: `make bench` installs it")
    with TemporaryDirectory() as folder:
        return [case for algorithm in ESTIMATORS for case in _cases(Path(folder) / algorithm, algorithm)]


def _cases(folder: Path, algorithm: str) -> list[Case]:
    data: Any = load_diabetes(scaled=False)
    ours, theirs = folder / "ours", folder / "theirs"
    _train(ours, algorithm, data)
    theirs.mkdir()
    joblib.dump(ESTIMATORS[algorithm].fit(data.data, data.target), theirs / "model.joblib")
    (theirs / "inference.py").write_text(PEER_CODE)
    model = ours / "model"
    own = {"SM_MODEL_DIR": str(model), "PYTHONPATH": str(model / "code")}
    peer = {
        "SAGEMAKER_BASE_DIR": str(theirs),
        "SAGEMAKER_PROGRAM": "inference.py",
        "PYTHONPATH": f"{theirs}:{Path(__file__).parent}",
    }
    (theirs / "model").mkdir()
    (theirs / "model.joblib").rename(theirs / "model" / "model.joblib")
    cases: list[Case] = []
    with _served("wsgi:app", own) as our_server, _served("aws_flask:app", peer) as their_server:
        for rows in (1, 100):
            table = data.data[:rows].tolist()
            bodies = (json.dumps({"instances": table}).encode(), json.dumps(table).encode())
            pairs = list(zip((our_server, their_server), bodies, strict=True))
            rounds = [[_round(server, body) for server, body in pairs] for _ in range(ROUNDS)]
            ours, theirs = (_medians(list(side)) for side in zip(*rounds, strict=True))
            cases.append(Case(algorithm, rows, ours, theirs))
    return cases


def _round(server: Server, body: bytes) -> Carried:
    before = server.cpu()
    many = _load(server.port, CONNECTIONS, body)
    # The warm-up's requests are work of the server, too.
    requests = many.requests * (SECONDS + WARM_UP_SECONDS)
    cpu = (server.cpu() - before) / requests * 1e6
    return Carried(many.requests, cpu, _load(server.port, 1, body).p99)


def _medians(rounds: list[Carried]) -> Carried:
    fields = [[getattr(each, name) for each in rounds] for name in ("requests", "cpu", "p99_alone")]
    return Carried(*map(statistics.median, fields))


def _train(base: Path, algorithm: str, data: Any) -> None:
    """Run the training script below `base`, as a training job would."""
    (base / "input" / "config").mkdir(parents=True)
    (base / "input" / "data").mkdir()
    features = [{"name": name, "type": "number"} for name in data.feature_names]
    hyperparameters = {"algorithm": algorithm, "features": json.dumps(features), "target": "y"}
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    lines = [",".join([*data.feature_names, "y"])]
    lines += [
        ",".join(map(repr, [*row, y]))
        for row, y in zip(data.data.tolist(), data.target.tolist(), strict=True)
    ]
    (base / "input" / "data" / "data.csv").write_text("\n".join(lines))
    environment = {
        "SM_INPUT_CONFIG_DIR": str(base / "input" / "config"),
        "SM_CHANNEL_TRAIN": str(base / "input" / "data"),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DIR": str(base / "output"),
    }
    script = PROJECT / "algorithms" / "train.py"
    subprocess.run([sys.executable, str(script)], env={**os.environ, **environment}, check=True)


@contextmanager
def _served(application: str, environment: Mapping[str, str]) -> Generator[Server, None, None]:
    """A gunicorn as AWS's image starts it: gevent, a worker a core; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    workers = str(os.cpu_count() or 1)
    arguments = ["-k", "gevent", "-w", workers, "-b", f"127.0.0.1:{port}", "--worker-connections", "1000"]
    command = [
        str(PYTHON),
        "-W",
        "ignore",
        "-m",
        "gunicorn",
        *arguments,
        "--log-level",
        "warning",
        application,
    ]
    server = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        _wait(port, server)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _load(port: int, connections: int, body: bytes) -> Load:
    command = [sys.executable, "-m", "bench.http_load", str(port), str(connections), str(SECONDS)]
    done = subprocess.run(command, input=body, stdout=subprocess.PIPE, check=True, cwd=PROJECT)
    return Load(**json.loads(done.stdout))


def table(cases: list[Case]) -> str:
    """The figures, each beside its target."""
    lines = [
        f"| model, rows a request | requests/s at {CONNECTIONS} connections: theirs | ours | factor (target) "
        "| server's CPU a request, us: theirs | ours "
        "| p99 at one connection, ms: theirs | ours | part (target) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        ours, theirs, target = case.ours, case.theirs, TARGETS[case.algorithm, case.rows]
        lines.append(
            f"| {case.algorithm}, {case.rows} | {theirs.requests:.0f} | {ours.requests:.0f} "
            f"| {case.factor:.1f} x (>= {target:g} x) | {theirs.cpu:.0f} | {ours.cpu:.0f} "
            f"| {theirs.p99_alone:.2f} | {ours.p99_alone:.2f} | {case.p99_part:.2f} (<= {P99_TARGET:.2f}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
