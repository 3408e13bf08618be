"""Verbs about machines: advise, and prices refresh."""

from __future__ import annotations

from typing import Annotated

import typer

from algorithms.learnable import CLASSES_LIMIT
from cli import instances, output, prices
from cli.data_size import Given, data_size
from cli.options import AsJson, Environment, Model
from cli.session import NO_REGION, CommandError, Session, models_folder

app = typer.Typer()
price_list = typer.Typer(no_args_is_help=True, help="Prices of instances, from AWS's price list.")
app.add_typer(price_list, name="prices")


@app.command()
def advise(
    model: Model,
    requests_per_second: Annotated[float, typer.Option(min=0, help="at the peak")] = 10,
    rows: Annotated[int | None, typer.Option(min=1, help="of training data; else the local data's")] = None,
    classes: Annotated[
        int | None, typer.Option(min=2, max=CLASSES_LIMIT, help="of the target; else the local data's, or 2")
    ] = None,
    levels: Annotated[
        int | None, typer.Option(min=1, help="texts of a category; else the local data's, or 10")
    ] = None,
    environment: Environment = "dev",
    as_json: AsJson = False,
) -> None:
    """Name an instance type for training and for serving, with its vCPU, memory, and the reason."""
    session = Session(environment)
    known = session.model(model)
    data, assumed = data_size(models_folder(), known, Given(rows, classes, levels))
    region = session.configured_region
    found = prices.load(region) if region else None
    try:
        advice = [
            instances.for_training(known, data, found),
            instances.for_serving(known, data, requests_per_second, found),
        ]
    except LookupError as error:
        raise CommandError(str(error)) from error
    facts = instances.facts()
    if as_json:
        sources = {"types": facts["date"], "prices": found.date if found else None}
        output.document(
            {
                "model": model,
                "rows": data.rows,
                "classes": data.classes,
                "assumed": assumed,
                "advice": [one.document for one in advice],
                "dates": sources,
            }
        )
        return
    for one in advice:
        size = f"{one.vcpu} vCPU, {one.memory_gib:g} GiB"
        output.line(f"{one.purpose}: {one.count} x {one.instance_type} ({size})")
        for reason in one.reasons:
            output.line(f"  {reason}")
        if one.price_per_hour is not None:
            output.line(f"  {one.price_per_hour:g} USD an hour each, in {region}, on demand")
    for what in assumed:
        output.line(what)
    output.line(f"types as of {facts['date']} (cli/instance_types.json names the source)")
    if found:
        output.line(f"prices as of {found.date}")
    elif region:
        output.line(f"no prices of {region} are here: `lifecycle prices refresh` asks AWS for them")
    else:
        output.line(f"no prices: {NO_REGION}")


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
