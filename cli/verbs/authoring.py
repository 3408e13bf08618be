"""Verbs about files: init and models. They need no AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import column_table, new_model, output
from cli.options import AsJson
from cli.session import Session, models_folder

app = typer.Typer()


@app.command()
def init(
    csv: Annotated[Path, typer.Argument(help="training data with a header, UTF-8, commas")],
    target: Annotated[str, typer.Option(help="the column to predict")],
    name: Annotated[str | None, typer.Option(help="of the model; the file's when left out")] = None,
    task: Annotated[str | None, typer.Option(help="regression or classification; else guessed")] = None,
    as_json: AsJson = False,
) -> None:
    """Write models/NAME/model.yaml for the data, and say what was guessed and why."""
    created = new_model.create(models_folder(), csv, target, name, task)
    columns = column_table.rows(created.columns, target)
    if as_json:
        output.document(
            {
                "model": created.folder.name,
                "folder": str(created.folder),
                "columns": columns,
                "notes": created.notes,
            }
        )
        return
    output.table(list(columns[0]), columns)
    for note in created.notes:
        output.line(note)
    output.line(f"written: {created.folder / 'model.yaml'}; it is yours to change")
    output.line(f"next: make demo MODEL={created.folder.name}, or make deploy-local")


@app.command()
def models(as_json: AsJson = False) -> None:
    """Every model below models/: what it predicts, how, and its gate."""
    rows: list[dict[str, Any]] = [
        {
            "model": model.name,
            "task": model.task,
            "target": model.target,
            "features": len(model.features),
            "algorithm": model.algorithm,
            "gate": f"{model.gate.metric} {model.gate.threshold:g}",
            "source": model.source.type,
        }
        for model in Session().models()
    ]
    if as_json:
        output.document(rows)
        return
    output.table(list(rows[0]), rows)
