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
    parser.add_argument("--port", help=f"to start it on: {embedded_aws.DEFAULT_PORT} when left out")
    parser.add_argument("--environment", default=DEFAULT_ENVIRONMENT)
    parser.add_argument("--unset", action="store_true", help="env: the lines that take its variables away")
    arguments = parser.parse_args()
    verbs = {
        "deploy": lambda: _deploy(arguments.port, arguments.environment),
        "env": lambda: _env(unset=arguments.unset),
        "stop": _stop,
    }
    try:
        verbs[arguments.verb]()
    except (CommandError, SpecError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run it again to go on, or `make stop-local`", file=sys.stderr)
        return 130
    return 0


def _deploy(named: str | None, environment: str) -> None:
    port = embedded_aws.DEFAULT_PORT if named is None else embedded_aws.port_named(named)
    found = embedded_aws.running_one()
    if found and named is not None and port != found.port:
        raise CommandError(
            f"PORT={named}: an embedded AWS is running on port {found.port}. Without PORT the deploy goes "
            "there; `make stop-local` ends it, with all that it holds"
        )
    console = terminal()
    steps = Steps(console)
    session = Session(environment)
    session.models()  # what is wrong in a model.yaml is told before anything is started
    with steps.step("start the embedded AWS") as step:
        running = found
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


def _env(*, unset: bool) -> None:
    if unset:
        # The process need not be there: what it exported is the same whatever its port.
        print(f"unset {' '.join(embedded_aws.EmbeddedAws(0, 0).environment)}")
        return
    running = embedded_aws.running_one()
    if running is None:
        # So that `eval` of this fails too, instead of leaving the shell with AWS itself.
        print("false # nothing is exported")
        raise CommandError("no embedded AWS is running: `make deploy-local` starts one")
    print(f"unset {' '.join(sorted({*embedded_aws.OF_ACCOUNTS, *embedded_aws.leading_elsewhere()}))}")
    for name, value in running.environment.items():
        print(f"export {name}={value}")


def _stop() -> None:
    running = embedded_aws.running_one()
    if running is None:
        print("no embedded AWS is running")
        return
    embedded_aws.stop(running)
    print("stopped; all that it held is gone")


if __name__ == "__main__":
    sys.exit(main())
