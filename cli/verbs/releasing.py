"""Verbs about what is live: status, releases, rotate, rollback, park and wake."""

from __future__ import annotations

import typer

from cli import model_status, output, releases
from cli.options import AsJson, Environment, Model, Package, Yes, package_arn
from cli.release_request import Asked, ask_and_follow, change
from cli.session import Session
from handler_common import ledger

app = typer.Typer()


@app.command()
def status(environment: Environment = "dev", as_json: AsJson = False) -> None:
    """What is released, parked or moving, model by model."""
    session = Session(environment)
    rows = model_status.rows(session)
    if as_json:
        output.document(rows)
        return
    output.table(model_status.COLUMNS, [model_status.shown(row) for row in rows])
    for remark in model_status.remarks(session, rows):
        output.line(remark)


@app.command(name="releases")
def releases_command(model: Model, environment: Environment = "dev", as_json: AsJson = False) -> None:
    """What was live, newest last: since when, by whom, what it replaced, and why it ended."""
    session = Session(environment)
    session.model(model)
    entries = releases.ledger(session, model)
    if as_json:
        output.document(entries)
        return
    if entries:
        output.table(ledger.COLUMNS, ledger.rows(entries))
    output.line(ledger.standing(model, entries, releases.last_parked(session, model)))


@app.command()
def rotate(
    model: Model,
    package: Package = None,
    environment: Environment = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Release a package and follow the endpoint's stack."""
    arn = package_arn(Session(environment), model, package) if package else None
    asked = Asked("release" if package else "reconcile", model, arn)
    what = f"release {package or 'the newest approved version'} of {model}"
    change(environment, what, asked, yes=yes, as_json=as_json)


@app.command()
def rollback(
    model: Model, environment: Environment = "dev", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Release what was live before; what is live now is rejected in the registry, with the reason."""
    change(environment, f"roll {model} back", Asked("rollback", model), yes=yes, as_json=as_json)


@app.command()
def park(model: Model, environment: Environment = "dev", yes: Yes = False, as_json: AsJson = False) -> None:
    """Take the endpoint down and remember the release: no instance to pay for until `wake`.

    The key, stored data, alarms and logs still cost a little.
    """
    what = f"take the endpoint of {model} down"
    change(environment, what, Asked("park", model), yes=yes, as_json=as_json)


@app.command()
def wake(model: Model, environment: Environment = "dev", as_json: AsJson = False) -> None:
    """Bring a parked model back, or what was approved meanwhile."""
    ask_and_follow(Session(environment), Asked("wake", model), as_json=as_json)
