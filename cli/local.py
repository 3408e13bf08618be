"""`make deploy-local`, `make local-env`, `make stop-local`: an embedded AWS that stays."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from cli import cdk, embedded_aws, resource_types
from cli.demo import ACCOUNT
from cli.session import CommandError, Session
from cli.steps import Steps, terminal
from sagemaker_lifecycle.environments import DEFAULT_ENVIRONMENT
from sagemaker_lifecycle.spec import SpecError


def main() -> int:
    """0, or 1 with one clear line."""
    parser = argparse.ArgumentParser(prog="python -m cli.local", description=__doc__)
    parser.add_argument("verb", choices=["deploy", "env", "stop"])
    parser.add_argument("--port", default=str(embedded_aws.DEFAULT_PORT))
    parser.add_argument("--environment", default=DEFAULT_ENVIRONMENT)
    arguments = parser.parse_args()
    verbs = {"deploy": _deploy, "env": _env, "stop": _stop}
    try:
        verbs[arguments.verb](embedded_aws.port_named(arguments.port), arguments.environment)
    except (CommandError, SpecError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run it again to go on, or `make stop-local`", file=sys.stderr)
        return 130
    return 0


def _deploy(port: int, environment: str) -> None:
    console = terminal()
    steps = Steps(console)
    session = Session(environment)
    session.models()  # what is wrong in a model.yaml is told before anything is started
    with steps.step("start the embedded AWS") as step:
        running = embedded_aws.running_one()
        if running is None:
            log = embedded_aws.STATE / "emulator.log"
            running = embedded_aws.start(port, log=log, with_parent=False)
            embedded_aws.remember(running)
        step.note(running.url)
    running.point_here()
    with steps.step("cdk bootstrap") as step, tempfile.TemporaryDirectory() as empty:
        cdk.bootstrap(ACCOUNT, embedded_aws.REGION, step.now, Path(empty))
    with steps.step("cdk deploy --all") as step:
        cdk.deploy_all(environment, step.now, step.done)
    resource_types.show(console, resource_types.used(session))
    console.print('to use it: [bold]eval "$(make -s local-env)"[/]   to stop it: [bold]make stop-local[/]')


def _running() -> embedded_aws.EmbeddedAws:
    running = embedded_aws.running_one()
    if running is None:
        raise CommandError("no embedded AWS is running: `make deploy-local` starts one")
    return running


def _env(_port: int, _environment: str) -> None:
    try:
        running = _running()
    except CommandError:
        print("false")  # so that `eval` of this fails too, instead of leaving the shell with AWS itself
        raise
    for name, value in running.environment.items():
        print(f"export {name}={value}")


def _stop(_port: int, _environment: str) -> None:
    running = embedded_aws.running_one()
    if running is None:
        print("no embedded AWS is running")
        return
    embedded_aws.stop(running)
    print("stopped; all that it held is gone")


if __name__ == "__main__":
    sys.exit(main())
