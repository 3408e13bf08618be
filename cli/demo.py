"""`make demo`: the whole life of a model on the embedded AWS, step by step, from nothing to nothing."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.markup import escape

from cli import cdk, embedded_aws, example, prediction, releases, resource_types, teardown, training
from cli.session import CommandError, Session
from cli.stacks_watch import StackEvent, last_event_id
from cli.steps import Step, Steps, terminal
from handler_common.ledger import version
from sagemaker_lifecycle import names
from sagemaker_lifecycle.spec import ModelSpec, SpecError

ACCOUNT = "123456789012"
"""The embedded AWS's account; AWS's documentation uses it too."""


def main() -> int:
    """0 when every step held, 1 with the reason when one did not, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("model", nargs="?", default="house-prices", help="of models/, or of LIFECYCLE_MODELS")
    arguments = parser.parse_args()
    console = terminal()
    steps = Steps(console)
    log = embedded_aws.STATE / "demo-emulator.log"
    running: embedded_aws.EmbeddedAws | None = None
    try:
        session = Session("dev")
        model = session.model(arguments.model)
        _check_runs_here(model)
        shown = example.of_model(model)
        with steps.step("start the embedded AWS") as step:
            running = embedded_aws.start(0, log=log, with_parent=True)
            running.point_here()
            step.note(f"{running.url}, account {ACCOUNT}, IAM enforced")
        _Demo(session, model, shown, steps).run()
    except (CommandError, SpecError) as error:
        console.print(f"[bold red]failed:[/] {escape(str(error))}", highlight=False)
        if running:
            console.print(f"[dim]the embedded AWS's log: {log}[/]")
        return 1
    except KeyboardInterrupt:
        console.print("\nstopped; nothing is left behind: the embedded AWS lives in memory")
        return 130
    finally:
        if running:
            _stop(running)
    console.print(steps.table())
    console.print("[bold green]all of it held[/]")
    return 0


def _stop(running: embedded_aws.EmbeddedAws) -> None:
    """End it, whoever presses Ctrl-C once more."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        embedded_aws.stop(running)
    finally:
        signal.signal(signal.SIGINT, before)


def _check_runs_here(model: ModelSpec) -> None:
    """Raises CommandError for a model whose image the embedded AWS does not have and cannot run."""
    if model.algorithm == "container":
        raise CommandError(
            f"{model.name} trains in a container image of its own ({model.image}), which the embedded AWS "
            "cannot run: it has no Docker. Deploy the model to AWS to see it work"
        )


class _Demo:
    def __init__(self, session: Session, model: ModelSpec, shown: example.Example, steps: Steps) -> None:
        self.session, self.model, self.example, self.steps = session, model, shown, steps

    def run(self) -> None:
        """Every step in order; each raises CommandError when what it shows does not hold."""
        self._deploy()
        self._before_the_first_release()
        first = self._train_and_release("train, gate, register", "rotate: the first release", force=False)
        self._predict(f"predict with {version(first)}")
        second = self._train_and_release("train a second version", "rotate: the second release", force=True)
        self._predict(f"predict with {version(second)}")
        self._roll_back(first)
        self._park()
        self._destroy()

    def _deploy(self) -> None:
        with self.steps.step("cdk bootstrap") as step, tempfile.TemporaryDirectory() as empty:
            cdk.bootstrap(ACCOUNT, embedded_aws.REGION, step.now, Path(empty))
        with self.steps.step("cdk deploy --all") as step:
            cdk.deploy_all(self.session.environment, step.now, step.done, only=self.model.name)
            used = resource_types.used(self.session)
            resources = sum(entry["count"] for entry in used)
            step.note(f"{resources} resources of {len(used)} types (docs/emulator-resource-types.md)")

    def _before_the_first_release(self) -> None:
        with self.steps.step("ask before the first release") as step:
            answer = prediction.predict(self.session, self.model.name, [self.example.instance])
            if answer.status != 409:
                raise CommandError(
                    f"expected 409 before the first release, got {answer.status}: {answer.body}"
                )
            step.note(f"409: {answer.body['error']['message']}")

    def _train_and_release(self, training_title: str, release_title: str, *, force: bool) -> str:
        session, model = self.session, self.model
        stack = names.endpoint_stack_name(session.environment, model.name)
        with self.steps.step(training_title) as step:
            if not force:
                for uri in training.upload(session, model):
                    step.note(f"uploaded {uri}")
            after = last_event_id(session, stack)
            execution = training.start(session, model, force=force)
            step.note(f"execution {execution.rsplit(':', 1)[-1]}")
            trained = training.follow(session, execution, step.note)
            step.note(f"job {trained.job}")
            for name, value in trained.metrics.items():
                step.note(f"  {name} = {value:g}")
            step.note(f"gate: {escape(trained.reason)}")
            step.note(f"package {trained.package}, {trained.status}")
            if trained.status != "Approved":
                raise CommandError(f"the package is {trained.status}: {trained.reason}")
        with self.steps.step(release_title) as step:
            releases.wait_until_started(session, model.name, trained.package)
            releases.follow(session, model.name, after, _event_teller(step), expected=trained.package)
            step.note(f"{version(trained.package)} is live on {names.endpoint_name('dev', model.name)}")
        return trained.package

    def _predict(self, title: str) -> None:
        with self.steps.step(title) as step:
            answer = prediction.predict(self.session, self.model.name, [self.example.instance])
            if answer.status != 200:
                raise CommandError(f"the prediction API answered {answer.status}: {answer.body}")
            [predicted] = answer.body["predictions"]
            step.note(escape(f"{self.example.instance} -> {answer.body}"))
            step.console.print(f"prediction: {_shown(answer.body)}", highlight=False, markup=False)
            if not self.example.agrees(predicted):
                raise CommandError(
                    f"expected {self.example.prediction} within {self.example.tolerance}, got {predicted}"
                )

    def _roll_back(self, first: str) -> None:
        session, name = self.session, self.model.name
        with self.steps.step("roll back") as step:
            after = last_event_id(session, names.endpoint_stack_name(session.environment, name))
            outcome = releases.roll_back(session, name)
            step.note(f"{outcome['outcome']}: {escape(outcome['reason'])}")
            releases.follow(session, name, after, _event_teller(step), expected=first)
            step.note(f"{version(first)} is live again")
        self._predict(f"predict with {version(first)} again")

    def _park(self) -> None:
        session, name = self.session, self.model.name
        with self.steps.step("park: no instance to pay for; key, data and alarms stay") as step:
            after = last_event_id(session, names.endpoint_stack_name(session.environment, name))
            releases.ask(session, "park", name)
            releases.follow(session, name, after, _event_teller(step), expected="")
            left = session.client("sagemaker").list_endpoints()["Endpoints"]
            if left:
                raise CommandError(f"parked, and yet there are endpoints: {left}")
            answer = prediction.predict(session, name, [self.example.instance])
            if answer.status != 409:
                raise CommandError(f"expected 409 while parked, got {answer.status}: {answer.body}")
            step.note(f"409: {answer.body['error']['message']}")

    def _destroy(self) -> None:
        with self.steps.step("destroy everything") as step:
            left = teardown.destroy(self.session, step.now)
            if left:
                raise CommandError(f"could not be removed: {', '.join(left)}")
            teardown.destroy_bootstrap(self.session, step.now)
        with self.steps.step("see that nothing that costs money is left") as step:
            costs = list(teardown.costs_left(self.session))
            if costs:
                raise CommandError(f"left behind: {', '.join(costs)}")
            step.note("no endpoint, job, bucket, table, key, alarm, dashboard or image repository")


def _shown(answer: dict[str, Any]) -> str:
    """The one prediction of an answer: a number, or a class with its probability where there is one."""
    [predicted] = answer["predictions"]
    if not isinstance(predicted, str):
        return f"{predicted:.10g}"
    if "probabilities" not in answer:
        return predicted
    return f"{predicted} (probability {answer['probabilities'][0][predicted]:.3f})"


def _event_teller(step: Step) -> Callable[[StackEvent], None]:
    def tell(event: StackEvent) -> None:
        colour = "red" if "FAILED" in event.status or "ROLLBACK" in event.status else "dim"
        reason = f" {escape(event.reason)}" if event.reason else ""
        step.note(f"  [{colour}]{event.status:<36}[/] {event.logical_id}{reason}")

    return tell


if __name__ == "__main__":
    sys.exit(main())
