"""The verbs about predictions, and what became of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli import example, output, prediction
from cli.exit_codes import ExitCode, WrongWords
from cli.options import AsJson, Environment, Model
from cli.session import Session

app = typer.Typer()


@app.command()
def predict(
    model: Model,
    instance: Annotated[str | None, typer.Argument(help="JSON, as '{\"SquareFeet\": 3100}'")] = None,
    environment: Environment = "dev",
    variant: Annotated[str | None, typer.Option(help="champion or challenger")] = None,
    key: Annotated[str | None, typer.Option(help="one key stays on one variant while a test runs")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the deployed prediction API; without an instance, the model's example, which is shown."""
    session = Session(environment)
    known = session.model(model)
    asked = _instance(instance) if instance is not None else example.of_model(known).instance
    if instance is None and not as_json:
        output.line(f"sent: {json.dumps(asked, ensure_ascii=False)}")
    answer = prediction.predict(session, model, [asked], variant, key)
    output.document(answer.body)
    if answer.status != 200:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def feedback(
    model: Model,
    inference_id: Annotated[str, typer.Argument(help="of the prediction's answer")],
    row: Annotated[int, typer.Option(min=0, help="which of the request's instances")] = 0,
    converted: Annotated[bool | None, typer.Option(help="whether what was hoped for came")] = None,
    predicted: Annotated[float | None, typer.Option(help="the number that was predicted")] = None,
    actual: Annotated[float | None, typer.Option(help="the number that came true")] = None,
    environment: Environment = "dev",
    as_json: AsJson = False,
) -> None:
    """Tell what became of a prediction; it counts once, while a test of a challenger runs.

    Of numbers say --predicted and --actual, of others --converted or --no-converted.
    """
    if converted is None and (predicted is None or actual is None):
        raise WrongWords(
            "what became of it is missing; allowed: --predicted NUMBER --actual NUMBER, or --converted, "
            "or --no-converted"
        )
    session = Session(environment)
    session.model(model)
    given = {"converted": converted, "predicted": predicted, "actual": actual}
    told = {name: value for name, value in given.items() if value is not None}
    answer = prediction.feedback(session, model, [{"inference_id": inference_id, "row": row, **told}])
    output.document(answer.body)
    if answer.status != 200:
        raise typer.Exit(ExitCode.FAILED)


def _instance(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongWords(
            f"the instance is no JSON: {error.msg} at character {error.pos + 1} of {text!r}; "
            "allowed: '{\"FEATURE\": VALUE, ...}' in single quotation marks"
        ) from error
    if not isinstance(read, dict):
        raise WrongWords(f"the instance is {text!r}; allowed: '{{\"FEATURE\": VALUE, ...}}'")
    return read
