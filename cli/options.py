"""Words that several verbs take, and the question before what hurts."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.exit_codes import Refused, WrongWords
from cli.session import Session
from sagemaker_lifecycle.environments import environment_named

Environment = Annotated[
    str, typer.Option("--environment", "-e", envvar="LIFECYCLE_ENVIRONMENT", help="dev or prod")
]
Model = Annotated[str, typer.Argument(help="a folder below models/", autocompletion=lambda: _model_names())]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document only")]
Package = Annotated[str | None, typer.Option(help="ARN; the newest approved one when left out")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask in a protected environment")]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html, ModelPackageArn.
_PACKAGE_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,16}:\d{12}:model-package/[\w-]{1,63}/\d{1,9}"
)


def _model_names() -> list[str]:
    return [model.name for model in Session().models()]


def package_arn(text: str) -> str:
    """The ARN itself; raises WrongWords for anything that is none of a version in a model package group."""
    if _PACKAGE_ARN.fullmatch(text) is None:
        raise WrongWords(
            f"{text!r} is no ARN of a model package; allowed: "
            "arn:aws:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION"
        )
    return text


def confirm(session: Session, what: str, *, yes: bool) -> None:
    """Ask before something is changed for users of an environment with termination protection.

    Raises Refused when the answer is not yes, also where nobody can answer.
    """
    if yes or not environment_named(session.environment).termination_protection:
        return
    try:
        agreed = typer.confirm(f"{session.environment} is protected: {what}?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise Refused("not confirmed: nothing was changed (--yes does without the question)")
