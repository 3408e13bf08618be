"""What an autoscaled model's endpoint runs on, and what it is on its way to, by its stack."""

from __future__ import annotations

from typing import Any

from cli.session import parameter


def read(stack: dict[str, Any]) -> dict[str, str | None]:
    """The type, the one of model.yaml, the one that was refused, and autoscaling: `on` or `paused`.

    Each is None where there is none; all are of a model that is not autoscaled.
    """
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return {
        "instance_type": parameter(stack, "InstanceType") or None,
        "wanted_instance_type": outputs.get("WantedInstanceType"),
        "refused_instance_type": parameter(stack, "RefusedInstanceType") or None,
        "autoscaling": parameter(stack, "Autoscaling") or None,
    }


def remark(row: dict[str, Any]) -> str | None:
    """What people should know of a row of the status, None where all is as model.yaml wants it."""
    now, wanted = row["instance_type"], row["wanted_instance_type"]
    remarks: list[str] = []
    if now != wanted and wanted == row["refused_instance_type"]:
        remarks.append(f"{wanted} was refused, {now} serves on (`lifecycle rotate` tries it again)")
    elif now != wanted and row["champion"] is None:
        remarks.append(f"the next endpoint is of {wanted}")
    elif now != wanted:
        when = "" if row["challenger"] is None else " when the trial has ended"
        remarks.append(f"{now} becomes {wanted}{when}")
    if row["autoscaling"] == "paused":
        remarks.append("autoscaling is paused")
    return f"{row['model']}: {'; '.join(remarks)}" if remarks else None
