"""Prices of SageMaker's instances: from AWS's price list, kept in a dated file, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3.session

from cli.session import ROOT, CommandError

PRICES_FILE = ROOT / ".local" / "prices.json"
API_REGION = "us-east-1"
"""The price list API is in few regions and knows all of them:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"""
# By what our advice is for, the `component` of AmazonSageMaker's products.
_COMPONENTS = {"Training": "training", "Hosting": "serving"}


@dataclass(frozen=True)
class Prices:
    """US dollars an hour on demand, by purpose (training, serving) and instance type."""

    date: str
    region: str
    source: str
    hourly: Mapping[str, Mapping[str, float]]

    def of(self, instance_type: str, purpose: str) -> float | None:
        """None when the list has no such price."""
        return self.hourly.get(purpose, {}).get(instance_type)


def load(region: str, file: Path = PRICES_FILE) -> Prices | None:
    """What the last refresh brought for the region; None when there was none.

    Raises CommandError for a file that is none of ours.
    """
    if not file.exists():
        return None
    try:
        prices = Prices(**json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        raise CommandError(
            f"{file} holds no prices ({error}): `lifecycle prices refresh` writes it"
        ) from error
    return prices if prices.region == region else None


def refresh(region: str, file: Path = PRICES_FILE, client: Any = None) -> Prices:
    """Ask AWS for the region's prices and keep them. Raises CommandError when it has none for it."""
    client = client or boto3.session.Session().client("pricing", region_name=API_REGION)
    hourly: dict[str, dict[str, float]] = {purpose: {} for purpose in _COMPONENTS.values()}
    for product in _products(client, region):
        attributes = product["product"]["attributes"]
        purpose = _COMPONENTS.get(attributes.get("component", ""))
        name = attributes.get("instanceName", "")
        price = _hourly(product)
        if purpose and name.startswith("ml.") and price is not None:
            hourly[purpose][name] = price
    if not any(hourly.values()):
        raise CommandError(f"AWS's price list has no SageMaker instances for the region {region!r}")
    date = datetime.now(UTC).date().isoformat()
    prices = Prices(date, region, "AWS Price List API, AmazonSageMaker, on demand, USD", hourly)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(prices.__dict__, indent=2) + "\n")
    return prices


def _products(client: Any, region: str) -> Iterator[dict[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    pages = client.get_paginator("get_products").paginate(ServiceCode="AmazonSageMaker", Filters=filters)
    for page in pages:
        yield from (json.loads(text) for text in page["PriceList"])


def _hourly(product: Mapping[str, Any]) -> float | None:
    """The on-demand price an hour; None for what is not sold by the hour."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if dimension["unit"].lower() in ("hrs", "hours", "hour") and "USD" in dimension["pricePerUnit"]:
                return float(dimension["pricePerUnit"]["USD"])
    return None
