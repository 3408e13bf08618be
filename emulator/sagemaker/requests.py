"""What every SageMaker operation shares: validated requests, ARNs, lists in pages, and its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from emulator import aws
from emulator.edge import Call, Handler, operation
from emulator.errors import AwsError
from emulator.sagemaker.constraints import check

Params = dict[str, Any]


def answers(*names: str) -> Callable[[Handler], Handler]:
    """Answer these SageMaker operations; a request outside the model's constraints never gets there."""

    def register(handler: Handler) -> Handler:
        def checked(call: Call) -> Any:
            if call.model.input_shape is not None:
                check(call.model.input_shape, call.params)
            return handler(call)

        operation("sagemaker", *names)(checked)
        return handler

    return register


def now() -> datetime:
    """The time, as SageMaker keeps it."""
    return datetime.now(UTC)


def arn(region: str, kind: str, name: str) -> str:
    """ARN of a SageMaker resource; ``kind`` as in the ARN (training-job, endpoint-config)."""
    return f"arn:{aws.PARTITION}:sagemaker:{region}:{aws.ACCOUNT}:{kind}/{name.lower()}"


def invalid(message: str) -> AwsError:
    """SageMaker's one error for "not found", "in progress", "already exists" and bad values."""
    return AwsError("ValidationException", message)


def echo(params: Params, *without: str) -> Params:
    """What a describe gives back of the request."""
    return {name: value for name, value in params.items() if name not in ("Tags", *without)}


def lines(stored: Mapping[tuple[str, str], Params], region: str, *members: str) -> list[Params]:
    """What a List answer says of the resources of ``region``, oldest first: those members that each has.

    stored: what is described, by region and name.
    """
    return [
        {member: described[member] for member in members if member in described}
        for (where, _), described in list(stored.items())
        if where == region
    ]


def page(
    params: Params,
    items: Iterable[Params],
    member: str,
    *,
    name: str,
    status: str | None = None,
    default_sort: str = "CreationTime",
    default_order: str = "Descending",
) -> Params:
    """One page of a List answer under ``member``.

    ``name`` and ``status`` say which members of the items hold the name and the status that the request
    filters and sorts by. Honours NameContains, StatusEquals, Creation/LastModified Before/After, SortBy,
    SortOrder, MaxResults (default 100, as AWS says for most) and NextToken.
    """
    chosen = [item for item in items if _passes(params, item, name, status)]
    fields = {"Name": name, "CreationTime": "CreationTime", "LastModifiedTime": "LastModifiedTime"}
    fields["Status"] = status or name
    key = fields.get(params.get("SortBy", default_sort), "CreationTime")
    chosen.sort(key=lambda item: item[key])
    if params.get("SortOrder", default_order).lower() == "descending":
        chosen.reverse()
    start = int(params.get("NextToken") or 0)
    size = params.get("MaxResults") or 100
    answer: Params = {member: chosen[start : start + size]}
    if start + size < len(chosen):
        answer["NextToken"] = str(start + size)
    return answer


def _passes(params: Params, item: Params, name: str, status: str | None) -> bool:
    wanted = params.get("StatusEquals")
    if wanted and status and item[status] != wanted:
        return False
    if params.get("NameContains", "").lower() not in str(item[name]).lower():
        return False
    for moment in ("CreationTime", "LastModifiedTime"):
        after, before = params.get(f"{moment}After"), params.get(f"{moment}Before")
        if (after and item[moment] <= _utc(after)) or (before and item[moment] >= _utc(before)):
            return False
    return True


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
