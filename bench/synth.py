"""What a synth costs: the whole app against an app of one resource, whole processes, same run.

`python -m bench.synth [rounds]` prints the table. CPU is that of the interpreter and of its Node process
together, so that a busy machine shows up in the wall time only.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 5
ONE_RESOURCE = """
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
app = App(analytics_reporting=False)
sqs.CfnQueue(Stack(app, "One"), "Queue")
app.synth()
"""
APPS = {"one resource": ["-c", ONE_RESOURCE], "whole app": ["app.py"]}
# CPU milliseconds that a resource may add to the one-resource app, without and with validation.
TARGETS = {"off": 20.0, "on": 30.0}


@dataclass(frozen=True)
class Synth:
    """One synth as a process: seconds of CPU and of wall time, and how many resources came out."""

    cpu: float
    wall: float
    resources: int


@dataclass(frozen=True)
class Comparison:
    """Medians of both apps, in seconds, with validation on or off."""

    validation: str
    one: Synth
    whole: Synth

    @property
    def ratio(self) -> float:
        """CPU of the whole app over that of one resource."""
        return self.whole.cpu / self.one.cpu

    @property
    def per_resource(self) -> float:
        """Milliseconds of CPU that each further resource adds."""
        return 1000 * (self.whole.cpu - self.one.cpu) / (self.whole.resources - self.one.resources)

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.per_resource <= TARGETS[self.validation]


def synth(code: list[str], validation: bool) -> Synth:
    """Run the app once; raises RuntimeError with its output when it fails."""
    context = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
    with TemporaryDirectory() as outdir:
        environment = os.environ | {
            "CDK_OUTDIR": outdir,
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_VALIDATION": str(validation).lower(),
        }
        node = Path(sys.executable).with_name("node")
        if node.exists():
            environment.setdefault("JSII_NODE", str(node))
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *code], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL
        )
        # Unlike the process's own clock this has the Node process too, which the interpreter waits for.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(code)} ended with {process.returncode}")
        return Synth(usage.ru_utime + usage.ru_stime, wall, _resources(Path(outdir)))


def compare(rounds: int = ROUNDS) -> list[Comparison]:
    """Both apps with validation off and on, in turns, `rounds` times each after one unmeasured synth."""
    synth(APPS["one resource"], validation=False)
    comparisons: list[Comparison] = []
    for validation in TARGETS:
        runs: dict[str, list[Synth]] = {name: [] for name in APPS}
        for _ in range(rounds):
            for name, code in APPS.items():
                runs[name].append(synth(code, validation=validation == "on"))
        comparisons.append(Comparison(validation, _median(runs["one resource"]), _median(runs["whole app"])))
    return comparisons


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as a Markdown table."""
    lines = [
        "| validation | one resource, CPU s | whole app, CPU s | wall s | ratio | resources "
        "| CPU ms a resource | target |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.validation} | {each.one.cpu:.2f} | {each.whole.cpu:.2f} | {each.whole.wall:.2f} "
        f"| {each.ratio:.2f} | {each.whole.resources} | {each.per_resource:.1f} "
        f"| <= {TARGETS[each.validation]:g}: {'reached' if each.reached else 'missed'} |"
        for each in comparisons
    ]
    return "\n".join(lines)


def _resources(outdir: Path) -> int:
    templates = [json.loads(path.read_text(encoding="utf-8")) for path in outdir.glob("*.template.json")]
    return sum(len(template["Resources"]) for template in templates)


def _median(runs: list[Synth]) -> Synth:
    return Synth(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        runs[0].resources,
    )


if __name__ == "__main__":
    print(table(compare(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)))
