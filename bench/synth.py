"""What a synth costs: the whole app against an app of one resource and against its own templates, included
ready-made (the least that the CDK can do for them), whole processes, same run.

`python -m bench.synth [rounds]` prints the table. CPU is that of the interpreter and of its Node process
together, so that a busy machine shows up in the wall time. What it does to CPU, too, by sharing cores and
caches, is only ever more of it: so the least of the rounds counts.
"""

import ctypes
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 5
# prctl(2): whatever descendants leave behind becomes a child of this process.
PR_SET_CHILD_SUBREAPER = 36
ONE_RESOURCE = """
import gc
gc.disable()
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
app = App(analytics_reporting=False)
sqs.CfnQueue(Stack(app, "One"), "Queue")
app.synth()
"""
APPS = {
    "one resource": ["-c", ONE_RESOURCE],
    "ready-made templates": ["-m", "bench.synth_included"],
    "whole app": ["app.py"],
}
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
    """The least of the three apps, by name, with validation on or off."""

    validation: str
    apps: dict[str, Synth]

    def ratio(self, app: str) -> float:
        """CPU of the app over that of one resource."""
        return self.apps[app].cpu / self.apps["one resource"].cpu

    def per_resource(self, app: str) -> float:
        """Milliseconds of CPU that each further resource adds."""
        one, other = self.apps["one resource"], self.apps[app]
        return 1000 * (other.cpu - one.cpu) / (other.resources - one.resources)

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.per_resource("whole app") <= TARGETS[self.validation]


def synth(code: list[str], templates: Path, outdir: Path, *, validation: bool) -> Synth:
    """Run the app once, into `outdir`; raises RuntimeError when it fails.

    templates: folder of those that are included ready-made.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *code],
        cwd=PROJECT,
        env=_environment(templates, outdir, validation),
        stdout=subprocess.DEVNULL,
        process_group=0,
    )
    # Unlike the process's own clock this has the Node process too, which the interpreter waits for.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(code)} ended with {process.returncode}")
    return Synth(usage.ru_utime + usage.ru_stime + _cpu_of_orphans(process.pid), wall, _resources(outdir))


def _cpu_of_orphans(group: int) -> float:
    """Seconds of CPU of a Node process that the interpreter gave up to wait for, as jsii does after five.

    Of the synth's own process group only: the bench's process may have a Node process too, which never ends.
    """
    cpu = 0.0
    while True:
        try:
            _, _, usage = os.wait4(-group, 0)
        except ChildProcessError:
            return cpu
        cpu += usage.ru_utime + usage.ru_stime


def compare(rounds: int = ROUNDS) -> list[Comparison]:
    """All apps with validation off and on, in turns, `rounds` times each; each once before, unmeasured."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    with TemporaryDirectory() as folder:
        templates = Path(folder)
        synth(APPS["whole app"], templates, templates, validation=False)
        for name in ("one resource", "ready-made templates"):
            _measured(APPS[name], templates, validation=False)
        runs: dict[tuple[str, str], list[Synth]] = {(each, name): [] for each in TARGETS for name in APPS}
        for _ in range(rounds):
            for validation, name in runs:
                measured = _measured(APPS[name], templates, validation=validation == "on")
                runs[validation, name].append(measured)
        return [Comparison(each, {name: _least(runs[each, name]) for name in APPS}) for each in TARGETS]


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as a Markdown table."""
    lines = [
        "| validation | app | resources | CPU s | wall s | ratio | CPU ms a resource | target |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(each, app) for each in comparisons for app in APPS]
    return "\n".join(lines)


def _row(comparison: Comparison, app: str) -> str:
    measured = comparison.apps[app]
    begin = f"| {comparison.validation} | {app} | {measured.resources} | {measured.cpu:.2f} "
    begin += f"| {measured.wall:.2f} | {comparison.ratio(app):.2f} |"
    if app == "one resource":
        return f"{begin} | |"
    target = f"<= {TARGETS[comparison.validation]:g}: {'reached' if comparison.reached else 'missed'}"
    return f"{begin} {comparison.per_resource(app):.1f} | {target if app == 'whole app' else 'the floor'} |"


def _measured(code: list[str], templates: Path, *, validation: bool) -> Synth:
    with TemporaryDirectory() as outdir:
        return synth(code, templates, Path(outdir), validation=validation)


def _environment(templates: Path, outdir: Path, validation: bool) -> dict[str, str]:
    """That of a user's machine, where bytecode is kept from one run to the next."""
    context = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
    environment = os.environ | {
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_VALIDATION": str(validation).lower(),
        "TEMPLATES": str(templates),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # What app.py sets for itself, for all apps; its other setting, no garbage collection, is in their code.
    environment.setdefault("NODE_OPTIONS", "--v8-pool-size=1")
    node = Path(sys.executable).with_name("node")
    if node.exists():
        environment.setdefault("JSII_NODE", str(node))
    return environment


def _resources(outdir: Path) -> int:
    templates = [json.loads(path.read_text(encoding="utf-8")) for path in outdir.glob("*.template.json")]
    return sum(len(template["Resources"]) for template in templates)


def _least(runs: list[Synth]) -> Synth:
    return Synth(min(run.cpu for run in runs), min(run.wall for run in runs), runs[0].resources)


if __name__ == "__main__":
    print(table(compare(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)))
