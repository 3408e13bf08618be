"""Whether anybody notices a rotation: predictions under steady load while releases come and go.

`python -m bench.rotation [rotations]` deploys the app to an embedded AWS of its own, and prints the table.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.steady_load import SteadyLoad
from cli import cdk, embedded_aws, example, releases, training
from cli.demo import ACCOUNT
from cli.session import Session
from cli.stacks_watch import last_event_id
from sagemaker_lifecycle import names

MODEL = "house-prices"
ROTATIONS = 10
RATE = 25.0
TARGET_RATE = 20.0
WAITING = 16
"""Requests that may wait for their answers at once: with few, a busy machine would slow down who asks."""
TIME_SCALE = 1 / 120
"""An AWS minute lasts half a second: the bake of five minutes 2.5 s."""


@dataclass(frozen=True)
class Row:
    """What the load met while something went on."""

    during: str
    times: int
    seconds: float
    load: SteadyLoad

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.load.predictions) / self.seconds

    def line(self) -> str:
        """Its line of the table."""
        cells = [
            self.during,
            str(self.times),
            f"{self.seconds / self.times:.1f}",
            str(len(self.load.predictions)),
            f"{self.rate:.1f}",
            str(len(self.load.failures())),
            f"{self.load.percentile(50):.0f}",
            f"{self.load.percentile(99):.0f}",
        ]
        return f"| {' | '.join(cells)} |"


def measure(rotations: int = ROTATIONS) -> list[Row]:
    """Nothing going on, then the rotations, then what a release without guardrails would be like."""
    os.environ["EMULATOR_TIME_SCALE"] = str(TIME_SCALE)
    with tempfile.TemporaryDirectory() as folder:
        running = embedded_aws.start(0, log=Path(folder) / "emulator.log", with_parent=True)
        try:
            running.point_here()
            return _measured(Session("dev"), Path(folder), running.url, rotations)
        finally:
            embedded_aws.stop(running)


def _measured(session: Session, folder: Path, url: str, rotations: int) -> list[Row]:
    cdk.bootstrap(ACCOUNT, embedded_aws.REGION, _ignore, folder)
    cdk.deploy_all(session.environment, _ignore, _ignore)
    model = session.model(MODEL)
    training.upload(session, model)
    first = training.follow(session, training.start(session, model), _ignore).package
    _follow(session, "", first)
    instance = example.of_model(model).instance
    api = f"{session.output('inference', 'ApiUrl')}models/{MODEL}/predictions"

    def under_load(during: str, times: int, what: Callable[[], None]) -> Row:
        with SteadyLoad(api, url, instance, RATE, threads=WAITING) as load:
            began = time.monotonic()
            for _ in range(times):
                what()
            seconds = time.monotonic() - began
        return Row(during, times, seconds, load)

    under_load("warming up", 1, lambda: time.sleep(2))
    return [
        under_load("nothing", 1, lambda: time.sleep(10)),
        under_load("a rotation", rotations, lambda: _rotate(session, first)),
        under_load("the endpoint deleted and made anew", 1, lambda: _replace(session)),
    ]


def _rotate(session: Session, like: str) -> None:
    """Approve a new version of the same model, and wait until it is released."""
    after = last_event_id(session, names.endpoint_stack_name(session.environment, MODEL))
    registry = session.client("sagemaker")
    specification: dict[str, Any] = registry.describe_model_package(ModelPackageName=like)[
        "InferenceSpecification"
    ]
    [container] = specification["Containers"]
    kept = {key: container[key] for key in ("Image", "ModelDataUrl", "Environment")}
    package = registry.create_model_package(
        ModelPackageGroupName=names.model_package_group_name(session.environment, MODEL),
        ModelApprovalStatus="Approved",
        InferenceSpecification={**specification, "Containers": [kept]},
    )["ModelPackageArn"]
    _follow(session, after, package)


def _replace(session: Session) -> None:
    live = releases.champion(session, MODEL)
    for action, expected in (("park", ""), ("wake", live)):
        after = last_event_id(session, names.endpoint_stack_name(session.environment, MODEL))
        releases.ask(session, action, MODEL)
        releases.follow(session, MODEL, after, _ignore, expected=expected)


def _follow(session: Session, after: str, package: str) -> None:
    after = after or last_event_id(session, names.endpoint_stack_name(session.environment, MODEL))
    releases.wait_until_started(session, MODEL, package)
    releases.follow(session, MODEL, after, _ignore, expected=package)


def _ignore(_text: object) -> None:
    """Progress that no one looks at."""


def table(rows: list[Row]) -> str:
    """The measured rows, and whether the figure is reached."""
    rotating = rows[1]
    reached = not rotating.load.failures() and rotating.rate >= TARGET_RATE
    verdict = "reached" if reached else "missed"
    lines = [
        "| meanwhile | times | s each | requests | a second | failed | p50 ms | p99 ms |",
        "|---|---|---|---|---|---|---|---|",
        *(row.line() for row in rows),
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        f"| failed predictions in {rotating.times} rotations at {rotating.rate:.0f} requests a second "
        f"| {len(rotating.load.failures())} | 0 at >= {TARGET_RATE:.0f} | {verdict} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROTATIONS)))
