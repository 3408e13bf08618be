"""Which instance type to train and to serve on: estimates, each with its reason, from sourced facts."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli.prices import Prices
from sagemaker_lifecycle.spec import ModelSpec

TYPES_FILE = Path(__file__).with_name("instance_types.json")
GIB = 2**30

SYSTEM_GIB = 2.0
"""Left for the image, its Python and its libraries: an estimate."""
BYTES_A_CELL = 120
"""A cell while it is read: its text, its Python value, and the number in the fitted matrix: an estimate."""
BYTES_A_NODE = 40
"""Of a tree: two children, a feature, a threshold and a value of 8 bytes each."""
BYTES_A_NUMBER = 8
"""Of a support vector: each of its numbers."""
REQUESTS_A_VCPU = 100
"""Requests a second that a vCPU is trusted with: an assumption on the safe side; `make bench` measures."""
BUSY = 0.6
"""Part of the time that an instance should be busy, so that peaks and a lost instance are no outage."""
# Cells (rows x columns) up to which so many vCPUs fit a forest in minutes; the fit uses all of them.
_FOREST_VCPUS = ((1e6, 2), (1e7, 4), (1e8, 8))
_SVM_ROWS = 20_000
_OF_UNKNOWN_SIZE = ("xgboost", "script", "container")


@dataclass(frozen=True)
class Load:
    """rows and columns of the data; requests a second at the peak."""

    rows: int
    columns: int
    requests_per_second: float


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


def for_training(model: ModelSpec, load: Load, prices: Prices | None) -> Advice:
    """The type to train on. Raises LookupError when none has memory enough."""
    cells = load.rows * load.columns
    need = SYSTEM_GIB + cells * BYTES_A_CELL / GIB
    parallel = model.algorithm in ("random-forest", "xgboost")
    vcpus = next((count for limit, count in _FOREST_VCPUS if cells <= limit), 16) if parallel else 2
    reasons = [
        f"{load.rows} rows x {load.columns} columns are {need:.1f} GiB or so while they are read, image too",
        f"{model.algorithm} uses every vCPU: {vcpus} for {cells:,} cells"
        if parallel
        else f"{model.algorithm} fits on one or two vCPUs: more would be idle",
    ]
    if model.algorithm == "svm" and load.rows > _SVM_ROWS:
        reasons.append(f"svm takes time by the square of the rows: above {_SVM_ROWS} consider random-forest")
    return _advice("training", vcpus, need, 1, reasons, prices)


def for_serving(model: ModelSpec, load: Load, prices: Prices | None) -> Advice:
    """The type to serve on, and how many. Raises LookupError when none has memory enough."""
    model_gib, size = _model_size(model, load)
    need = SYSTEM_GIB + model_gib
    wanted = max(1, math.ceil(load.requests_per_second / REQUESTS_A_VCPU / BUSY))
    # Four small instances at most, before larger ones: fewer would be lost together.
    vcpus = next((size for size in (2, 4, 8, 16) if wanted <= 4 * size), 32)
    count = math.ceil(wanted / vcpus)
    reasons = [
        f"{load.requests_per_second:g} requests a second at {REQUESTS_A_VCPU} a vCPU (an assumption), "
        f"busy {BUSY:.0%} of the time: {wanted} vCPU",
        size,
        "a release needs twice as many instances while it lasts",
    ]
    return _advice("serving", vcpus, need, count, reasons, prices)


def _model_size(model: ModelSpec, load: Load) -> tuple[float, str]:
    """GiB that the model itself takes while it is loaded, twice its arrays, and that in words."""
    if trees := _trees(model):
        gib = 2 * trees * 2 * load.rows * BYTES_A_NODE / GIB
        return gib, f"a forest of {trees} trees on {load.rows} rows takes at most {_size(gib)}"
    if model.algorithm == "svm" and _given(model, "kernel") != "linear":
        gib = 2 * load.rows * load.columns * BYTES_A_NUMBER / GIB
        return gib, f"a machine that keeps all of {load.rows} rows takes at most {_size(gib)}"
    if model.algorithm in _OF_UNKNOWN_SIZE:
        return 0.0, f"what the model itself takes is not estimated for {model.algorithm}"
    return 0.0, "the model itself takes a few kB"


def _size(gib: float) -> str:
    """GiB, or MiB where that reads better."""
    return f"{gib:.1f} GiB" if gib >= 1 else f"{max(1, math.ceil(gib * 1024))} MiB"


def _trees(model: ModelSpec) -> int:
    """Trees of the largest forest that may be trained, 0 for what is no forest."""
    if model.algorithm != "random-forest":
        return 0
    searched = [r for r in model.ranges if r.name == "n_estimators"]
    return 2000 if searched else int(_given(model, "n_estimators"))


def _given(model: ModelSpec, name: str) -> str:
    """The hyperparameter as model.yaml has it, else its default."""
    known = model.algorithm_facts.hyperparameter(name)
    return str(model.hyperparameters.get(name, known.default if known else ""))


def _advice(
    purpose: str, vcpus: int, memory: float, count: int, reasons: list[str], prices: Prices | None
) -> Advice:
    fitting = {
        name: fact
        for name, fact in facts()["types"].items()
        if fact["vcpu"] >= vcpus and fact["memory_gib"] >= memory
    }
    if not fitting:
        raise LookupError(f"{purpose}: no known type has {vcpus} vCPU and {memory:.0f} GiB")
    priced = {name: price for name in fitting if prices and (price := prices.of(name, purpose)) is not None}
    if priced:
        chosen = min(priced, key=lambda name: (priced[name], name))
        why = "the cheapest of those with a known price that are large enough"
    else:
        chosen = min(fitting, key=lambda name: (fitting[name]["vcpu"], fitting[name]["memory_gib"], name))
        why = "the smallest that is large enough"
    fact = fitting[chosen]
    return Advice(
        purpose, chosen, fact["vcpu"], fact["memory_gib"], count, (*reasons, why), priced.get(chosen)
    )
