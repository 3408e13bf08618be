"""The `lifecycle` command: the verbs of every room, and how it ends (cli.exit_codes)."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from cli.exit_codes import code_of
from cli.session import CommandError
from cli.verbs import advising, authoring, operating, prediction, releasing, testing, training
from sagemaker_lifecycle.spec import SpecError

app = typer.Typer(no_args_is_help=True, help="Day-two work on models, on AWS or on the embedded AWS.")
for room in (authoring, advising, training, prediction, releasing, testing, operating):
    app.add_typer(room.app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"lifecycle {metadata.version('sagemaker-lifecycle')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say the version")
    ] = False,
) -> None:
    """What every verb may follow."""


def run() -> None:
    """Entry point: failures as one message, not as a traceback."""
    try:
        app()
    except (CommandError, SpecError, ClientError, BotoCoreError) as error:
        Console(stderr=True, soft_wrap=True).print(Text(str(error), style="red"))
        raise SystemExit(int(code_of(error))) from None
