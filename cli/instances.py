"""Which instance type to train and to serve on: estimates, each with its reason, from sourced facts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli import memory
from cli.memory import DataSize
from cli.prices import Prices
from sagemaker_lifecycle.spec import ModelSpec

TYPES_FILE = Path(__file__).with_name("instance_types.json")

SYSTEM_GIB = 2.0
"""Left for the image, its Python and its libraries: an estimate."""
WORKER_GIB = 0.4
"""A process that serves, without its model: 313 MB of Flask and scikit-learn measured, 74 of our own."""
REQUESTS_A_VCPU = 100
"""Requests a second that a vCPU is trusted with: an assumption on the safe side; `make bench` measures."""
BUSY = 0.6
"""Part of the time that an instance should be busy, so that peaks and a lost instance are no outage."""
# Cells (rows x columns) up to which so many vCPUs fit a forest in minutes; the fit uses all of them.
_FOREST_VCPUS = ((1e6, 2), (1e7, 4), (1e8, 8))
_SVM_ROWS = 20_000


@dataclass(frozen=True)
class Advice:
    """instance_type with its vcpu and memory_gib, how many of it, and why.

    price_per_hour: of one instance, in US dollars; None when no price is known.
    """

    purpose: str
    instance_type: str
    vcpu: int
    memory_gib: float
    count: int
    reasons: tuple[str, ...]
    price_per_hour: float | None

    @property
    def document(self) -> dict[str, Any]:
        """All of it, JSON-ready."""
        return asdict(self)


def facts() -> dict[str, Any]:
    """date, source, and types: vcpu and memory_gib by instance type."""
    return json.loads(TYPES_FILE.read_text())


def for_training(model: ModelSpec, data: DataSize, prices: Prices | None) -> Advice:
    """The type to train on. Raises LookupError when none has memory enough."""
    parallel = model.algorithm in ("random-forest", "xgboost")
    vcpus = next((count for limit, count in _FOREST_VCPUS if data.cells <= limit), 16) if parallel else 2
    parts = memory.of_training(model, data)
    reasons = [
        *(part.words for part in parts),
        f"the image takes {SYSTEM_GIB:g} GiB or so",
        f"{model.algorithm} uses every vCPU: {vcpus} for {data.cells:,} cells"
        if parallel
        else f"{model.algorithm} fits on one or two vCPUs: more would be idle",
    ]
    if model.algorithm == "svm" and data.rows > _SVM_ROWS:
        reasons.append(f"svm takes time by the square of the rows: above {_SVM_ROWS} consider random-forest")
    need = _Need(vcpus, SYSTEM_GIB + sum(part.gib for part in parts))
    return _advice("training", need, reasons, prices)


def for_serving(
    model: ModelSpec, data: DataSize, requests_per_second: float, prices: Prices | None
) -> Advice:
    """The type to serve on, and how many, for the requests at the peak.

    Raises LookupError when none has memory enough.
    """
    wanted = max(1, math.ceil(requests_per_second / REQUESTS_A_VCPU / BUSY))
    # Four small instances at most, before larger ones: fewer would be lost together.
    vcpus = next((size for size in (2, 4, 8, 16) if wanted <= 4 * size), 32)
    loaded = memory.of_a_loaded_model(model, data)
    reasons = [
        f"{requests_per_second:g} requests a second at {REQUESTS_A_VCPU} a vCPU (an assumption), "
        f"busy {BUSY:.0%} of the time: {wanted} vCPU",
        loaded.words,
        "a worker a vCPU, each with a model of its own",
        "a release needs twice as many instances while it lasts",
    ]
    need = _Need(vcpus, SYSTEM_GIB, WORKER_GIB + loaded.gib, wanted)
    return _advice("serving", need, reasons, prices)


@dataclass(frozen=True)
class _Need:
    """vCPUs of an instance, its GiB besides those for each vCPU that it has, and vCPUs of all together."""

    vcpus: int
    gib: float
    gib_a_vcpu: float = 0.0
    vcpus_together: int = 1

    def met_by(self, fact: Mapping[str, Any]) -> bool:
        gib = self.gib + fact["vcpu"] * self.gib_a_vcpu
        return fact["vcpu"] >= self.vcpus and fact["memory_gib"] >= gib

    def count(self, fact: Mapping[str, Any]) -> int:
        return math.ceil(self.vcpus_together / fact["vcpu"])

    def __str__(self) -> str:
        more = f" and {self.gib_a_vcpu:.1f} GiB for each vCPU" if self.gib_a_vcpu else ""
        return f"{self.vcpus} vCPU and {self.gib:.1f} GiB{more}"


def _advice(purpose: str, need: _Need, reasons: list[str], prices: Prices | None) -> Advice:
    fitting = {name: fact for name, fact in facts()["types"].items() if need.met_by(fact)}
    if not fitting:
        raise LookupError(f"{purpose}: no known type has {need}: {'; '.join(reasons)}")
    priced = {name: price for name in fitting if prices and (price := prices.of(name, purpose)) is not None}
    if priced:
        chosen = min(priced, key=lambda name: (priced[name] * need.count(fitting[name]), name))
        why = "the cheapest of those with a known price that are large enough"
    else:
        chosen = min(fitting, key=lambda name: (fitting[name]["vcpu"], fitting[name]["memory_gib"], name))
        why = "the smallest that is large enough"
    fact = fitting[chosen]
    return Advice(
        purpose,
        chosen,
        fact["vcpu"],
        fact["memory_gib"],
        need.count(fact),
        (*reasons, why),
        priced.get(chosen),
    )
