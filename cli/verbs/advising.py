"""Verbs about machines: advise, and prices refresh."""

from __future__ import annotations

from typing import Annotated

import typer

from algorithms.csv_table import Column, read_table
from cli import instances, output, prices
from cli.options import AsJson, Environment, Model
from cli.session import CommandError, Session, models_folder
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.local_data import local_data_files

app = typer.Typer()
price_list = typer.Typer(no_args_is_help=True, help="Prices of instances, from AWS's price list.")
app.add_typer(price_list, name="prices")


@app.command()
def advise(
    model: Model,
    requests_per_second: Annotated[float, typer.Option(min=0, help="at the peak")] = 10,
    rows: Annotated[int | None, typer.Option(min=1, help="of training data; else the local data's")] = None,
    environment: Environment = "dev",
    as_json: AsJson = False,
) -> None:
    """Name an instance type for training and for serving, with its vCPU, memory, and the reason."""
    session = Session(environment)
    known = session.model(model)
    counted = rows if rows is not None else _rows(known)
    load = instances.Load(counted, len(known.features) + 1, requests_per_second)
    found = prices.load(session.region)
    try:
        advice = [instances.for_training(known, load, found), instances.for_serving(known, load, found)]
    except LookupError as error:
        raise CommandError(str(error)) from error
    facts = instances.facts()
    if as_json:
        sources = {"types": facts["date"], "prices": found.date if found else None}
        output.document(
            {"model": model, "rows": counted, "advice": [a.document for a in advice], "dates": sources}
        )
        return
    for one in advice:
        size = f"{one.vcpu} vCPU, {one.memory_gib:g} GiB"
        output.line(f"{one.purpose}: {one.count} x {one.instance_type} ({size})")
        for reason in one.reasons:
            output.line(f"  {reason}")
        if one.price_per_hour is not None:
            output.line(f"  {one.price_per_hour:g} USD an hour each, in {session.region}, on demand")
    output.line(f"types as of {facts['date']} (cli/instance_types.json names the source)")
    output.line(
        f"prices as of {found.date}"
        if found
        else f"no prices of {session.region} are here: `lifecycle prices refresh` asks AWS for them"
    )


def _rows(model: ModelSpec) -> int:
    files = local_data_files(models_folder(), model)
    target = Column(model.target, "category", optional=True)
    counted = sum(len(read_table(file, [target]).columns[0]) for file in files)
    if not counted:
        raise CommandError(f"{model.name} has no local data to count: say --rows")
    return counted


@price_list.command()
def refresh(environment: Environment = "dev", as_json: AsJson = False) -> None:
    """Fetch the region's prices from AWS. Needs credentials that may pricing:GetProducts."""
    session = Session(environment)
    if session.local:
        raise CommandError("the embedded AWS has no price list: unset AWS_ENDPOINT_URL to ask AWS")
    fetched = prices.refresh(session.region)
    if as_json:
        output.document(fetched.__dict__)
        return
    told = ", ".join(f"{len(known)} of {purpose}" for purpose, known in fetched.hourly.items())
    output.line(f"{told}, {fetched.region}, {fetched.date}: {prices.PRICES_FILE}")
