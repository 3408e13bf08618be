"""Serving: our WSGI application and portable artefact against AWS's Flask and joblib, in the same gunicorn.

Two peers, of one joblib model that is fitted on a DataFrame, as AWS's own example does
(https://github.com/aws/amazon-sagemaker-examples, scikit_learn_randomforest): `pandas` hands it the DataFrame
that it asks for; `numpy` leaves all to the handlers of AWS's image, at the price of a warning a request. The
floor is an application that reads the body and answers a constant. A forest is served in ONNX, too.

`python -m bench.serving` prints the table. Needs the environment of `make verify`, with AWS's packages, and
an index with onnxruntime.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sklearn.datasets import load_diabetes

from bench.aws_serving import PYTHON, Server, served
from bench.http_load import WARM_UP_SECONDS, Load

# Below the base of a training job.
DATA = Path("input", "data", "data.csv")
BENCH = Path(__file__).resolve().parent
PROJECT = BENCH.parent
SECONDS = 0.8
# Turn and turn about, so that whatever else the machine does falls on both.
ROUNDS = 5
CONNECTIONS = 16
# Least factor of requests a second, by rows of a request; and most of its p99 at one connection.
TARGETS = {
    ("linear-regression", 1): 5.0,
    ("linear-regression", 100): 2.5,
    ("random-forest", 1): 10.0,
    ("random-forest", 100): 4.0,
}
P99_TARGET = 1 / 3
ESTIMATORS = {
    "linear-regression": "sklearn.linear_model.LinearRegression()",
    "random-forest": "sklearn.ensemble.RandomForestRegressor(random_state=0)",
}
FIT = """import sys
import joblib
import pandas
import sklearn.ensemble
import sklearn.linear_model

table = pandas.read_csv(sys.argv[1])
joblib.dump({estimator}.fit(table.drop(columns="y"), table["y"]), sys.argv[2])
"""
MODEL_FN = """import json
import os
import joblib
import pandas

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""
INPUT_FN = """
def input_fn(body, content_type):
    return pandas.DataFrame(json.loads(body)["instances"], columns={names!r})
"""
OURS, ONNX, PANDAS, NUMPY, FLOOR = "ours", "onnx", "pandas", "numpy", "floor"
SERVED_BY = {
    OURS: "ours",
    ONNX: "ours, the forest in ONNX",
    PANDAS: "Flask, joblib, a handler with pandas",
    NUMPY: "Flask, joblib, AWS's handlers with numpy",
    FLOOR: "a constant: the floor",
}


@dataclass(frozen=True)
class Carried:
    """What one server carried in a round. cpu: microseconds of all its processes for a request."""

    requests: float
    cpu: float
    p99_alone: float


@dataclass(frozen=True)
class Case:
    """One comparison, by rows of a request: the rounds of each server.

    sizes: of the models on disk, with the code that comes with them, in bytes.
    """

    algorithm: str
    rows: int
    rounds: Mapping[str, Sequence[Carried]]
    sizes: Mapping[str, int]

    def median(self, server: str, figure: str) -> float:
        """Of the server's rounds."""
        return statistics.median(getattr(each, figure) for each in self.rounds[server])

    def ours_over(self, server: str, figure: str) -> float:
        """The median of the rounds' own ratios: what slows the machine down slows both sides of a round."""
        pairs = zip(self.rounds[OURS], self.rounds[server], strict=True)
        return statistics.median(getattr(ours, figure) / getattr(theirs, figure) for ours, theirs in pairs)


def measure() -> list[Case]:
    """All cases, on scikit-learn's diabetes data (10 features; the forest has 100 trees)."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON} is missing: `make bench` installs it")
    with TemporaryDirectory() as folder:
        return [case for algorithm in ESTIMATORS for case in _cases(Path(folder) / algorithm, algorithm)]


def _cases(folder: Path, algorithm: str) -> list[Case]:
    data: Any = load_diabetes(scaled=False)
    applications = _applications(folder, algorithm, data)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(served(application, environment, folder / f"{name}.log"))
            for name, (application, environment) in applications.items()
        }
        sizes = {name: _size(folder / name / "model") for name in servers}
        return [_case(algorithm, servers, data.data[:rows].tolist(), sizes) for rows in (1, 100)]


def _applications(folder: Path, algorithm: str, data: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """What gunicorn is given for each server: the application, and its environment."""
    applications = {FLOOR: ("constant_app:app", {"PYTHONPATH": str(BENCH)})}
    forms = {OURS: "portable"} | ({ONNX: "onnx"} if algorithm == "random-forest" else {})
    for name, form in forms.items():
        _train(folder / name, algorithm, form, data)
        model = folder / name / "model"
        applications[name] = ("wsgi:app", {"SM_MODEL_DIR": str(model), "PYTHONPATH": str(model / "code")})
    handlers = {PANDAS: MODEL_FN + INPUT_FN.format(names=list(data.feature_names)), NUMPY: MODEL_FN}
    for name, code in handlers.items():
        base = folder / name
        for made in ("model", "code"):
            (base / made).mkdir(parents=True)
        (base / "inference.py").write_text(code)
        fit = [str(PYTHON), "-c", FIT.format(estimator=ESTIMATORS[algorithm]), str(folder / OURS / DATA)]
        subprocess.run([*fit, str(base / "model" / "model.joblib")], check=True)
        environment = {"SAGEMAKER_BASE_DIR": str(base), "HANDLERS_MODULE": "inference"}
        applications[name] = ("aws_flask:app", {**environment, "PYTHONPATH": f"{base}:{BENCH}"})
    return applications


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _case(
    algorithm: str, servers: Mapping[str, Server], table: list[list[float]], sizes: Mapping[str, int]
) -> Case:
    named = json.dumps({"instances": table}).encode()
    bodies = {name: json.dumps(table).encode() if name == NUMPY else named for name in servers}
    rounds: dict[str, list[Carried]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            rounds[name].append(_round(server, bodies[name]))
    return Case(algorithm, len(table), rounds, sizes)


def _round(server: Server, body: bytes) -> Carried:
    before = server.cpu()
    many = _load(server.port, CONNECTIONS, body)
    # The warm-up's requests are work of the server, too.
    requests = many.requests * (SECONDS + WARM_UP_SECONDS)
    cpu = (server.cpu() - before) / requests * 1e6
    return Carried(many.requests, cpu, _load(server.port, 1, body).p99)


def _train(base: Path, algorithm: str, form: str, data: Any) -> None:
    """Run the training script below `base`, as a training job would."""
    (base / "input" / "config").mkdir(parents=True)
    (base / "input" / "data").mkdir()
    features = [{"name": name, "type": "number"} for name in data.feature_names]
    told = {"algorithm": algorithm, "format": form, "features": json.dumps(features), "target": "y"}
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(told))
    lines = [",".join([*data.feature_names, "y"])]
    lines += [
        ",".join(map(repr, [*row, y]))
        for row, y in zip(data.data.tolist(), data.target.tolist(), strict=True)
    ]
    (base / DATA).write_text("\n".join(lines))
    environment = {
        "SM_INPUT_CONFIG_DIR": str(base / "input" / "config"),
        "SM_CHANNEL_TRAIN": str(base / "input" / "data"),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DIR": str(base / "output"),
    }
    script = PROJECT / "algorithms" / "train.py"
    command = [sys.executable, str(script)]
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


def _load(port: int, connections: int, body: bytes) -> Load:
    command = [sys.executable, "-m", "bench.http_load", str(port), str(connections), str(SECONDS)]
    done = subprocess.run(command, input=body, stdout=subprocess.PIPE, check=True, cwd=PROJECT)
    return Load(**json.loads(done.stdout))


def table(cases: list[Case]) -> str:
    """The figures; the targets are set against the handler with pandas."""
    lines = [
        f"| model, rows a request | served by | requests/s at {CONNECTIONS} connections | CPU a request, us "
        "| p99 at one connection, ms | model, MB | our requests/s over it | our p99 over it |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = [_row(case, server) for case in cases for server in SERVED_BY if server in case.rounds]
    return "\n".join([*lines, *rows])


def _row(case: Case, server: str) -> str:
    figures = f"{case.median(server, 'requests'):.0f} | {case.median(server, 'cpu'):.0f} "
    size = "" if server == FLOOR else f"{case.sizes[server] / 1e6:.1f}"
    figures += f"| {case.median(server, 'p99_alone'):.2f} | {size}"
    begin = f"| {case.algorithm}, {case.rows} | {SERVED_BY[server]} | {figures} |"
    if server == OURS:
        return f"{begin} | |"
    factor, part = case.ours_over(server, "requests"), case.ours_over(server, "p99_alone")
    if server != PANDAS:
        return f"{begin} {factor:.1f} x | {part:.2f} |"
    least = TARGETS[case.algorithm, case.rows]
    many, fast = ["reached" if good else "missed" for good in (factor >= least, part <= P99_TARGET)]
    targets = f"{factor:.1f} x (>= {least:g} x: {many}) | {part:.2f} (<= {P99_TARGET:.2f}: {fast}) |"
    return f"{begin} {targets}"


if __name__ == "__main__":
    print(table(measure()))
