"""A fleet: the running containers of one endpoint configuration. An update has two, blue and green."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from emulator.sagemaker import models
from emulator.sagemaker.requests import Params, now
from emulator.sagemaker.serving import Container, for_variant


@dataclass
class Variant:
    """A variant as it is now: its share, its number of instances, and what answers for it."""

    spec: Params
    container: Container
    weight: float
    count: int | None
    desired_weight: float
    desired_count: int | None
    status: str | None = None
    status_since: datetime = field(default_factory=now)

    @property
    def name(self) -> str:
        """Its name in the endpoint configuration."""
        return self.spec["VariantName"]

    @property
    def instances(self) -> int:
        """What InvocationsPerInstance divides by; a serverless variant counts as one."""
        return self.count or 1

    def describe(self) -> Params:
        """Its ProductionVariantSummary."""
        image = self.container.spec.get("Image", "")
        summary: Params = {
            "VariantName": self.name,
            "DeployedImages": [
                {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": self.status_since}
            ],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.desired_weight,
        }
        if self.count is not None:
            summary |= {"CurrentInstanceCount": self.count, "DesiredInstanceCount": self.desired_count}
        if self.spec.get("ServerlessConfig"):
            serverless = self.spec["ServerlessConfig"]
            summary |= {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
        for member in ("ManagedInstanceScaling", "RoutingConfig"):
            if member in self.spec:
                summary[member] = self.spec[member]
        if self.status:
            summary["VariantStatus"] = [{"Status": self.status, "StartTime": self.status_since}]
        return summary


def _variant(spec: Params, endpoint: str, region: str) -> Variant:
    weight = float(spec.get("InitialVariantWeight", 1.0))
    count = spec.get("InitialInstanceCount")
    model = models.find(region, spec["ModelName"])
    container = Container(model, region, for_variant(endpoint, spec["VariantName"]))
    return Variant(spec, container, weight, count, weight, count)


class Fleet:
    """Containers of one configuration; a copy of it is kept, as the original may be deleted meanwhile."""

    def __init__(self, config: Params, endpoint: str, region: str) -> None:
        self.config = dict(config)
        self.production: dict[str, Variant] = {}
        self.shadow: dict[str, Variant] = {}
        for variants, member in (
            (self.production, "ProductionVariants"),
            (self.shadow, "ShadowProductionVariants"),
        ):
            for spec in config.get(member) or []:
                variants[spec["VariantName"]] = _variant(spec, endpoint, region)

    @property
    def config_name(self) -> str:
        """Name of the configuration."""
        return self.config["EndpointConfigName"]

    @property
    def variants(self) -> list[Variant]:
        """Production variants first, then shadows."""
        return [*self.production.values(), *self.shadow.values()]

    @property
    def capacity(self) -> int:
        """Instances of the production variants together."""
        return sum(variant.instances for variant in self.production.values())

    def start(self) -> None:
        """Start every container at once. Raises StartFailed for the first that does not come up."""
        with ThreadPoolExecutor(max_workers=10) as pool:
            started = [pool.submit(variant.container.start) for variant in self.variants]
        for result in started:
            result.result()

    def stop(self) -> None:
        """End every container."""
        with ThreadPoolExecutor(max_workers=10) as pool, contextlib.suppress(RuntimeError):
            for variant in self.variants:  # RuntimeError: the interpreter is on its way out
                pool.submit(variant.container.stop)

    def retain_from(self, old: Fleet, excluded: set[str]) -> None:
        """Keep counts and weights that the old fleet has now (RetainAllVariantProperties)."""
        for name, variant in self.production.items():
            before = old.production.get(name)
            if before is None:
                continue
            if "DesiredInstanceCount" not in excluded and variant.count is not None:
                variant.count = variant.desired_count = before.desired_count
            if "DesiredWeight" not in excluded:
                variant.weight = variant.desired_weight = before.desired_weight
        if "DataCaptureConfig" not in excluded:
            self.config.pop("DataCaptureConfig", None)
            if "DataCaptureConfig" in old.config:
                self.config["DataCaptureConfig"] = old.config["DataCaptureConfig"]
