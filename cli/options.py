"""Words that several verbs take, and the question before what hurts."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.exit_codes import Refused, WrongWords
from cli.session import CommandError, Session
from handler_common.ledger import version
from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import environment_named

Environment = Annotated[
    str, typer.Option("--environment", "-e", envvar="LIFECYCLE_ENVIRONMENT", help="dev or prod")
]
Model = Annotated[str, typer.Argument(help="a folder below models/", autocompletion=lambda: _model_names())]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document only")]
Package = Annotated[
    str | None, typer.Option(help="version, as v3, or ARN; the newest approved one when left out")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask in a protected environment")]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html, ModelPackageArn.
_PACKAGE_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,16}:\d{12}:model-package/[\w-]{1,63}/\d{1,9}"
)
_VERSION = re.compile(r"v?[1-9]\d{0,8}")


def _model_names() -> list[str]:
    return [model.name for model in Session().models()]


def package_arn(session: Session, model: str, text: str) -> str:
    """The ARN of a version (`3` or `v3`) of the model's group, or the ARN itself.

    Raises WrongWords for anything else, CommandError for a version that the registry does not have.
    """
    if _PACKAGE_ARN.fullmatch(text) is not None:
        return text
    if _VERSION.fullmatch(text) is None:
        raise WrongWords(
            f"{text!r} is no version of a model package; allowed: v3, or "
            "arn:aws:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION"
        )
    group = names.model_package_group_name(session.environment, session.model(model).name)
    pages = session.client("sagemaker").get_paginator("list_model_packages")
    found = {
        version(summary["ModelPackageArn"]): summary["ModelPackageArn"]
        for page in pages.paginate(ModelPackageGroupName=group)
        for summary in page["ModelPackageSummaryList"]
    }
    wanted = f"v{text.removeprefix('v')}"
    if wanted not in found:
        raise CommandError(f"{group} has no {wanted}; there is: {', '.join(found) or 'none'}")
    return found[wanted]


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
