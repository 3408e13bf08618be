"""Verbs about a challenger beside the champion: test start, status, stop; traffic, promote, discard."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import challenger, output
from cli.options import AsJson, Environment, Model, Yes, package_arn
from cli.release_request import Asked, change
from cli.session import Session

app = typer.Typer()
test = typer.Typer(no_args_is_help=True, help="A test of a challenger against the champion.")
app.add_typer(test, name="test")

Tried = Annotated[
    str | None,
    typer.Option("--package", help="version, as v3, or ARN; the newest after the champion when left out"),
]
Reason = Annotated[str | None, typer.Option(help="kept in the registry and the ledger")]


@test.command()
def start(
    model: Model,
    package: Tried = None,
    traffic: Annotated[int, typer.Option(min=0, max=100, help="percent of the requests")] = 10,
    mode: Annotated[str, typer.Option(help="canary: it answers; shadow: it only gets copies")] = "canary",
    environment: Environment = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a second release beside the champion."""
    session = Session(environment)
    arn = package_arn(session, model, package) if package else None
    more: dict[str, str | int] = {"traffic": traffic, "mode": challenger.mode(mode)}
    what = f"give a challenger {traffic} % of the requests of {model}"
    outcome = change(environment, what, Asked("test", model, arn, more), yes=yes, as_json=as_json)
    begun = challenger.look(session, model)["state"] == "begun"
    if begun and outcome == "started" and not as_json:
        output.line("outcomes of predictions count from now on: `lifecycle feedback`, or the API")


@test.command()
def status(model: Model, environment: Environment = "dev", as_json: AsJson = False) -> None:
    """The challenger, its share of the traffic, the outcomes of each variant, and the verdict so far."""
    session = Session(environment)
    session.model(model)
    found = challenger.status(session, model)
    if as_json:
        output.document(found)
        return
    for line in challenger.lines(found):
        output.line(line)


@test.command()
def stop(
    model: Model,
    reason: Reason = None,
    environment: Environment = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End the test: the challenger goes and is rejected, the champion stays. The same as discard."""
    _discard(environment, model, reason or "the test was stopped", yes=yes, as_json=as_json)


@app.command()
def discard(
    model: Model,
    reason: Reason = None,
    environment: Environment = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take the challenger away, which rejects it; the same as test stop but for the reason that is kept."""
    _discard(environment, model, reason or "discarded by hand", yes=yes, as_json=as_json)


def _discard(environment: str, model: str, reason: str, *, yes: bool, as_json: bool) -> None:
    asked = Asked("discard", model, more={"reason": reason})
    change(environment, f"take the challenger of {model} away", asked, yes=yes, as_json=as_json)


@app.command()
def traffic(
    model: Model,
    percent: Annotated[int, typer.Argument(min=0, max=100, help="of the requests, to the challenger")],
    environment: Environment = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Change the challenger's share of the traffic."""
    asked = Asked("traffic", model, more={"traffic": percent})
    what = f"give the challenger of {model} {percent} % of the requests"
    change(environment, what, asked, yes=yes, as_json=as_json)


@app.command()
def promote(
    model: Model, environment: Environment = "dev", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Make the challenger the champion."""
    what = f"make the challenger of {model} its champion"
    change(environment, what, Asked("promote", model), yes=yes, as_json=as_json)
