"""How a model stands: what is live, parked or moving, what is newest in the registry, and on what machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli import instance_type, releases
from cli.session import NotDeployed, Session, parameter
from handler_common.ledger import version
from sagemaker_lifecycle import names

COLUMNS = ("model", "champion", "challenger", "parked", "newest", "stack")
"""What people are shown of a row."""

NOT_DEPLOYED = "not deployed"


def rows(session: Session) -> list[dict[str, Any]]:
    """A row for each model below models/: versions as `v3`, None for what there is not.

    Keys: those of COLUMNS, newest_status (Approved ...), and of cli.instance_type. `stack` is None where the
    model is not deployed. Raises NotDeployed when none is.
    """
    found: list[dict[str, Any]] = []
    missing: NotDeployed | None = None
    for model in session.models():
        try:
            found.append(_row(session, model.name, session.endpoint_stack(model.name)))
        except NotDeployed as error:
            missing = error
            found.append(_row(session, model.name, None))
    if missing and all(row["stack"] is None for row in found):
        raise missing
    return found


def _row(session: Session, model: str, stack: dict[str, Any] | None) -> dict[str, Any]:
    champion = parameter(stack, "ChampionPackage") if stack else ""
    newest = _newest(session, model) if stack else {}
    return {
        "model": model,
        "champion": _version(champion),
        "challenger": _version(parameter(stack, "ChallengerPackage")) if stack else None,
        "parked": _version(releases.last_parked(session, model)) if stack and not champion else None,
        "newest": _version(newest.get("ModelPackageArn")),
        "newest_status": newest.get("ModelApprovalStatus"),
        "stack": stack["StackStatus"] if stack else None,
        **instance_type.read(stack or {}),
    }


def _newest(session: Session, model: str) -> dict[str, Any]:
    """Summary of the newest version in the registry, {} when there is none."""
    listed = session.client("sagemaker").list_model_packages(
        ModelPackageGroupName=names.model_package_group_name(session.environment, model),
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    return listed[0] if listed else {}


def _version(package: str | None) -> str | None:
    return version(package) if package else None


def shown(row: dict[str, Any]) -> dict[str, str | None]:
    """A row as people are shown it."""
    newest = " ".join(filter(None, (row["newest"], row["newest_status"])))
    told = {**row, "newest": newest, "stack": row["stack"] or NOT_DEPLOYED}
    return {column: told[column] for column in COLUMNS}


def remarks(session: Session, rows: Sequence[dict[str, Any]]) -> list[str]:
    """What people should know besides: a line for what is not as model.yaml wants it."""
    told = [remark for row in rows if (remark := instance_type.remark(row))]
    missing = [row["model"] for row in rows if row["stack"] is None]
    if missing:
        told.append(f"not deployed: {', '.join(missing)} ({session.how_to_deploy})")
    return told
