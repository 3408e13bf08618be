"""The `lifecycle` command. Exit codes: 0 it is so, 1 it could not be done, 2 the words are wrong."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cli import example, prediction, releases, resource_types, teardown, training
from cli.session import CommandError, Session, parameter, version
from cli.stacks_watch import StackEvent, last_event_id
from sagemaker_lifecycle import names
from sagemaker_lifecycle.spec import SpecError

app = typer.Typer(no_args_is_help=True, help="Day-two work on models, on AWS or on the embedded AWS.")
console = Console(soft_wrap=True)

Environment = Annotated[str, typer.Option("--environment", "-e", envvar="LIFECYCLE_ENVIRONMENT")]
Model = Annotated[str, typer.Argument(help="a folder below models/")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON only")]


@app.command()
def status(environment: Environment = "dev", as_json: AsJson = False) -> None:
    """What is released, parked or moving, model by model."""
    session = Session(environment)
    rows = [_row(session, model.name) for model in session.models()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table()
    for heading in ("model", "champion", "challenger", "parked", "newest", "stack"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


def _row(session: Session, model: str) -> dict[str, Any]:
    stack = session.endpoint_stack(model)
    champion = parameter(stack, "ChampionPackage")
    newest = session.client("sagemaker").list_model_packages(
        ModelPackageGroupName=names.model_package_group_name(session.environment, model),
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    return {
        "model": model,
        "champion": version(champion),
        "challenger": version(parameter(stack, "ChallengerPackage")),
        "parked": "-" if champion else version(releases.last_parked(session, model)),
        "newest": f"{version(newest[0]['ModelPackageArn'])} {newest[0]['ModelApprovalStatus']}"
        if newest
        else "-",
        "stack": stack["StackStatus"],
    }


@app.command()
def upload(model: Model, environment: Environment = "dev") -> None:
    """Copy the CSV files of models/<model>/ to the data bucket."""
    session = Session(environment)
    for uri in training.upload(session, session.model(model)):
        console.print(uri)


@app.command()
def train(
    model: Model,
    environment: Environment = "dev",
    force: Annotated[bool, typer.Option(help="train again on data already trained on")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the model's training and follow it: metrics, the gate's verdict, the package."""
    session = Session(environment)
    execution = training.start(session, session.model(model), force=force)
    trained = training.follow(session, execution, lambda state: _say(as_json, f"[dim]{state}[/]"))
    if as_json:
        print(json.dumps(trained.__dict__, indent=2))
        return
    for name, value in trained.metrics.items():
        console.print(f"{name} = {value:g}")
    console.print(escape(f"{trained.status}: {trained.reason}\n{trained.package}"))


@app.command()
def predict(
    model: Model,
    instance: Annotated[str | None, typer.Argument(help="JSON, as '{\"SquareFeet\": 3100}'")] = None,
    environment: Environment = "dev",
    variant: Annotated[str | None, typer.Option(help="champion or challenger")] = None,
) -> None:
    """Ask the deployed prediction API; without an instance, the model's example."""
    session = Session(environment)
    asked = json.loads(instance) if instance else example.of_model(session.model(model)).instance
    answer = prediction.predict(session, model, [asked], variant)
    print(json.dumps(answer.body, indent=2))
    if answer.status != 200:
        raise typer.Exit(1)


@app.command()
def rotate(
    model: Model,
    package: Annotated[str | None, typer.Option(help="ARN; the newest approved one when left out")] = None,
    environment: Environment = "dev",
) -> None:
    """Release a package and follow the endpoint's stack."""
    _release(Session(environment), "release" if package else "reconcile", model, package)


@app.command()
def rollback(model: Model, environment: Environment = "dev") -> None:
    """Release what was live before; what is live now is rejected in the registry, with the reason."""
    _release(Session(environment), "rollback", model)


@app.command()
def park(model: Model, environment: Environment = "dev") -> None:
    """Take the endpoint down and remember the release: no instance to pay for until `wake`."""
    _release(Session(environment), "park", model)


@app.command()
def wake(model: Model, environment: Environment = "dev") -> None:
    """Bring a parked model back, or what was approved meanwhile."""
    _release(Session(environment), "wake", model)


def _release(session: Session, action: str, model: str, package: str | None = None) -> None:
    session.model(model)
    stack = names.endpoint_stack_name(session.environment, model)
    after = last_event_id(session, stack)
    if action == "rollback":
        outcome = releases.roll_back(session, model)
    else:
        outcome = releases.ask(session, action, model, package)
    console.print(escape(f"{outcome['outcome']}: {outcome['reason']}"))
    if outcome["outcome"] == "busy":
        raise typer.Exit(1)
    if outcome["outcome"] == "started":
        expected = "" if action == "park" else outcome["package"]
        releases.follow(session, model, after, _tell_event, expected=expected)


def _tell_event(event: StackEvent) -> None:
    told = escape(f"{event.logical_id} {event.reason}")
    console.print(f"[dim]{event.status:<36}[/] {told}", highlight=False)


@app.command()
def destroy(
    environment: Environment = "dev",
    yes: Annotated[str, typer.Option(help="the environment's name, to confirm without being asked")] = "",
) -> None:
    """Delete every stack of the environment, its data, its models and its key. There is no way back."""
    session = Session(environment)
    stacks = teardown.environment_stacks(session)
    if not stacks:
        raise CommandError(f"nothing of {environment!r} is deployed")
    if (
        yes or typer.prompt(f"this deletes {len(stacks)} stacks and all data; type {environment}")
    ) != environment:
        raise CommandError("not confirmed: nothing was deleted")
    for left in teardown.destroy(session, console.print):
        console.print(f"[yellow]left:[/] {left}")


@app.command(name="resource-types")
def resource_types_command(environment: Environment = "dev") -> None:
    """How true each deployed resource type is on the embedded AWS."""
    resource_types.show(console, resource_types.used(Session(environment)))


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        console.print(text)


def run() -> None:
    """Entry point: failures as one message, not as a traceback."""
    try:
        app()
    except (CommandError, SpecError, ClientError, BotoCoreError, json.JSONDecodeError) as error:
        Console(stderr=True, soft_wrap=True).print(Text(str(error), style="red"))
        raise SystemExit(1) from None
