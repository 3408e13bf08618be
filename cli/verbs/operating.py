"""Verbs about an environment: logs, destroy and resource-types."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from cli import log_events, output, resource_types, teardown
from cli.exit_codes import Refused
from cli.options import AsJson, Environment, Model
from cli.session import CommandError, Session

app = typer.Typer()


@app.command()
def logs(
    model: Model,
    of: Annotated[
        str, typer.Option(help="endpoint, training, or a function: predict, rotate ...")
    ] = "endpoint",
    since: Annotated[str, typer.Option(help="how far back: 30m, 2h, 7d")] = "1h",
    environment: Environment = "dev",
    as_json: AsJson = False,
) -> None:
    """What the endpoint, the newest training job, or a function has written."""
    minutes = log_events.minutes(since)
    session = Session(environment)
    session.model(model)
    found = log_events.read(session, model, of, minutes)
    if as_json:
        output.document(found)
        return
    for event in found:
        output.line(f"{event['at']} {event['message']}")
    if not found:
        output.line(f"nothing was written in the last {since}")


@app.command()
def destroy(
    environment: Environment = "dev",
    yes: Annotated[str, typer.Option(help="the environment's name, to confirm without being asked")] = "",
    as_json: AsJson = False,
) -> None:
    """Delete every stack of the environment, its data, its models and its key. There is no way back."""
    session = Session(environment)
    stacks = teardown.environment_stacks(session)
    if not stacks:
        raise CommandError(f"nothing of {environment!r} is deployed")
    if (yes or _answer(session, stacks)) != environment:
        raise Refused("not confirmed: nothing was deleted")
    left = teardown.destroy(session, (lambda _text: None) if as_json else output.line)
    if as_json:
        output.document({"environment": environment, "deleted": stacks, "left": left})
        return
    for kept in left:
        output.console.print(f"[yellow]left:[/] {escape(kept)}")


def _answer(session: Session, stacks: list[str]) -> str:
    """What is typed; "" where nobody can answer."""
    where = teardown.place(session)
    question = f"this deletes {len(stacks)} stacks and all data in {where}; type {session.environment}"
    try:
        return typer.prompt(question, err=True)
    except typer.Abort:
        return ""


@app.command(name="resource-types")
def resource_types_command(environment: Environment = "dev", as_json: AsJson = False) -> None:
    """How true each deployed resource type is on the embedded AWS."""
    used = resource_types.used(Session(environment))
    if as_json:
        output.document(used)
        return
    resource_types.show(output.console, used)
