"""Verbs about training: upload and train."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli import output, training
from cli.options import AsJson, Environment, Model
from cli.session import CommandError, Session

app = typer.Typer()


@app.command()
def upload(model: Model, environment: Environment = "dev", as_json: AsJson = False) -> None:
    """Copy the CSV files of models/<model>/ to the data bucket."""
    session = Session(environment)
    uris = training.upload(session, session.model(model))
    if as_json:
        output.document({"model": model, "uploaded": uris})
        return
    for uri in uris:
        output.line(uri)


@app.command()
def train(
    model: Model,
    environment: Environment = "dev",
    force: Annotated[bool, typer.Option(help="train again on data already trained on")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the model's training and follow it: metrics, the gate's verdict, the package."""
    session = Session(environment)
    known = session.model(model)
    execution = training.start(session, known, force=force)

    def tell(step: str) -> None:
        if not as_json:
            output.console.print(f"[dim]{step}[/]")

    try:
        trained = training.follow(session, execution, tell)
    except training.NoTrainingData as error:
        if known.source.type != "local":
            raise
        raise CommandError(f"{error}; first `lifecycle upload {model}`") from error
    if not trained.fresh:
        trained = training.decided_since(session, trained)
    if as_json:
        output.document(asdict(trained))
        return
    if not trained.fresh:
        output.line(
            f"nothing was trained: {model} has been, on just this data and code, "
            "and judged by the gate of then (--force trains and judges anew)"
        )
    for name, value in trained.metrics.items():
        output.line(f"{name} = {value:g}")
    output.line(f"{trained.status}: {trained.reason}\n{trained.package}")
    if trained.status == "PendingManualApproval":
        approve = f"--model-package-arn {trained.package} --model-approval-status Approved"
        output.line(f"an approval releases it: aws sagemaker update-model-package {approve}")
