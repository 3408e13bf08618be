"""What the predict handler costs: against bare boto3 and raw HTTP warm, against importing boto3 cold.

`python -m bench.handler_predict [rounds]` prints the tables. All runs use the asset as it is deployed.
"""

import json
import os
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from sagemaker_lifecycle.handler_function import stage_handler

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 3000
COLD_ROUNDS = 20
WARM_TARGET = 1.15
COLD_TARGET = 1.2
ZIP_TARGET_BYTES = 1_000_000
MODELS = {
    "house-prices": {
        "endpoint": "dev-house-prices",
        "task": "regression",
        "protocol": "lifecycle",
        "features": [{"name": "SquareFeet", "type": "number", "minimum": 100, "maximum": 20000}],
    }
}
_TIMED = "import time; begin = time.process_time(); {code}; print(time.process_time() - begin)"
COLD = {
    "handler": "import predict.handler",
    "boto3": "import boto3; boto3.client('sagemaker-runtime')",
}


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one way of asking, or of CPU to begin with it (a lower quartile, p99 None)."""

    name: str
    typical: float
    p99: float | None = None


@dataclass(frozen=True)
class Result:
    """All that was measured; `zip_bytes` is the compressed asset."""

    warm: list[Cost]
    cold: list[Cost]
    zip_bytes: int

    @property
    def warm_ratio(self) -> float:
        """The handler's p50 over bare boto3's."""
        return _typical(self.warm, "handler") / _typical(self.warm, "boto3")

    @property
    def cold_ratio(self) -> float:
        """CPU to import the handler over CPU to import boto3 and make a client."""
        return _typical(self.cold, "handler") / _typical(self.cold, "boto3")

    @property
    def reached(self) -> bool:
        """Whether all targets are reached."""
        return (
            self.warm_ratio <= WARM_TARGET
            and self.cold_ratio <= COLD_TARGET
            and self.zip_bytes < ZIP_TARGET_BYTES
        )


def measure(rounds: int = ROUNDS, cold_rounds: int = COLD_ROUNDS) -> Result:
    """Measures the staged asset: `rounds` calls of each kind, `cold_rounds` fresh processes of each."""
    with TemporaryDirectory() as folder:
        asset = Path(folder)
        stage_handler(asset, "predict", {"models.json": json.dumps(MODELS)})
        with _stub() as url:
            environment = _environment(asset) | {"AWS_ENDPOINT_URL": url}
            return Result(_warm(environment, rounds), _cold(environment, cold_rounds), _zip_bytes(asset))


def table(result: Result) -> str:
    """The result as Markdown tables."""
    raw = _typical(result.warm, "http")
    lines = ["| one prediction | p50 ms | p99 ms | over raw HTTP |", "|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.typical:.3f} | {each.p99:.3f} | {each.typical / raw:.2f} |"
        for each in result.warm
    ]
    lines += ["", "| fresh process | CPU ms |", "|---|---|"]
    lines += [f"| {each.name} | {each.typical:.0f} |" for each in result.cold]
    lines += [
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        _row("handler p50 / bare boto3", result.warm_ratio, WARM_TARGET),
        _row("cold start CPU / import boto3 and client", result.cold_ratio, COLD_TARGET),
        _row("zipped asset, kB", result.zip_bytes / 1000, ZIP_TARGET_BYTES / 1000),
    ]
    return "\n".join(lines)


def _row(figure: str, measured: float, target: float) -> str:
    verdict = "reached" if measured <= target else "missed"
    return f"| {figure} | {measured:.2f} | <= {target:g} | {verdict} |"


def _environment(asset: Path) -> dict[str, str]:
    """As on Lambda: the asset is on the path and never written to, so its bytecode is made each time."""
    return os.environ | {
        "PYTHONPATH": str(asset),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MODELS_FILE": "models.json",
        "STACK_PREFIX": "lifecycle-dev-endpoint-",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


@contextmanager
def _stub() -> Generator[str]:
    command = [sys.executable, str(PROJECT / "bench" / "handler_stub.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def _warm(environment: dict[str, str], rounds: int) -> list[Cost]:
    command = [sys.executable, str(PROJECT / "bench" / "handler_calls.py"), str(rounds)]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    costs: list[Cost] = []
    for name, milliseconds in json.loads(output).items():
        percentiles = statistics.quantiles(milliseconds, n=100)
        costs.append(Cost(name, percentiles[49], percentiles[98]))
    return costs


def _cold(environment: dict[str, str], rounds: int) -> list[Cost]:
    """CPU milliseconds, in turns, after one unmeasured process of each kind that warms the disk's cache.

    The lower quartile: what else the machine does can only add to the CPU that the same work takes.
    """
    took: dict[str, list[float]] = {name: [] for name in COLD}
    for turn in range(rounds + 1):
        for name, code in COLD.items():
            command = [sys.executable, "-c", _TIMED.format(code=code)]
            output = subprocess.run(
                command, env=environment, check=True, capture_output=True, text=True
            ).stdout
            if turn:
                took[name].append(1000 * float(output.splitlines()[-1]))
    return [Cost(name, statistics.quantiles(values, n=4)[0]) for name, values in took.items()]


def _zip_bytes(asset: Path) -> int:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(asset.rglob("*.*")):
            archive.write(path, path.relative_to(asset))
    return len(packed.getvalue())


def _typical(costs: list[Cost], name: str) -> float:
    return next(cost.typical for cost in costs if cost.name == name)


if __name__ == "__main__":
    print(table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)))
