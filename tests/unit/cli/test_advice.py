"""Advice on instances: from sourced facts, with reasons; prices only where AWS gave them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moto.ec2
import pytest

from cli import instances, prices
from cli.instances import Load
from cli.prices import Prices
from cli.session import CommandError
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.instance_types import instance_types
from tests.unit.cli.conftest import HOUSE_PRICES

FOREST = ModelSpec.model_validate(
    {
        "name": "m",
        "source": {"type": "s3", "bucket": "a-bucket", "prefix": "p/"},
        "target": "y",
        "features": {"number": ["x"]},
        "algorithm": "random-forest",
        "gate": {"metric": "rmse", "threshold": 1},
        "serving": {"type": "realtime"},
    }
)


def test_the_facts_are_dated_sourced_and_of_types_that_sagemaker_takes() -> None:
    facts = instances.facts()
    assert facts["date"]
    assert "DescribeInstanceTypes" in facts["source"]
    assert facts["types"]["ml.m5.large"] == {"vcpu": 2, "memory_gib": 8}
    for shape in ("TrainingInstanceType", "ProductionVariantInstanceType"):
        assert facts["types"].keys() <= set(instance_types(shape))


def test_the_facts_are_those_of_their_source() -> None:
    with gzip.open(Path(moto.ec2.__file__).with_name("resources") / "instance_types.json.gz") as stream:
        source = json.load(stream)
    for name, fact in instances.facts()["types"].items():
        told = source[name.removeprefix("ml.")]
        vcpu, mebibytes = told["VCpuInfo"]["DefaultVCpus"], told["MemoryInfo"]["SizeInMiB"]
        assert fact == {"vcpu": vcpu, "memory_gib": mebibytes / 1024}, name


def test_a_small_model_gets_a_small_machine_with_reasons() -> None:
    advice = instances.for_training(HOUSE_PRICES, Load(5, 2, 10), None)
    assert (advice.vcpu, advice.memory_gib, advice.count, advice.price_per_hour) == (2, 8, 1, None)
    assert advice.reasons[-1] == "the smallest that is large enough"


def test_more_data_gets_more_vcpus_and_memory() -> None:
    sizes = [instances.for_training(FOREST, Load(rows, 20, 1), None) for rows in (10**3, 10**5, 10**6, 10**7)]
    assert [size.vcpu for size in sizes] == [2, 4, 8, 16]
    assert sizes[-1].memory_gib >= 2 + 2e8 * 120 / 2**30


@pytest.mark.parametrize(
    ("rows", "cells", "size"), [(150, "3,000", "3 MiB"), (10**6, "20,000,000", "14.9 GiB")]
)
def test_the_reasons_have_numbers_that_people_read(rows: int, cells: str, size: str) -> None:
    load = Load(rows, 20, 1)
    assert f" for {cells} cells" in instances.for_training(FOREST, load, None).reasons[1]
    assert instances.for_serving(FOREST, load, None).reasons[1].endswith(f"takes at most {size}")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"algorithm": "linear-regression"}, "the model itself takes a few kB"),
        ({"algorithm": "linear-learner"}, "the model itself takes a few kB"),
        ({"algorithm": "svm", "hyperparameters": {"kernel": "linear"}}, "the model itself takes a few kB"),
        ({"algorithm": "svm"}, "a machine that keeps all of 1000000 rows takes at most 306 MiB"),
        (
            {"algorithm": "svm", "hyperparameters": {"kernel": ["rbf", "linear"]}},
            "a machine that keeps all of 1000000 rows takes at most 306 MiB",
        ),
        ({"algorithm": "xgboost"}, "what the model itself takes is not estimated for xgboost"),
    ],
    ids=str,
)
def test_what_a_model_takes_follows_from_its_algorithm(changes: dict[str, Any], told: str) -> None:
    model = FOREST.model_validate({**FOREST.model_dump(exclude_unset=True), **changes})
    assert instances.for_serving(model, Load(10**6, 20, 1), None).reasons[1] == told


def test_more_requests_get_more_instances_then_larger_ones() -> None:
    def size(requests: float) -> tuple[int, int]:
        advice = instances.for_serving(HOUSE_PRICES, Load(5, 2, requests), None)
        return advice.vcpu, advice.count

    assert [size(n) for n in (1, 240, 480, 960)] == [(2, 1), (2, 2), (2, 4), (4, 4)]


def test_what_fits_nowhere_is_told() -> None:
    with pytest.raises(LookupError, match="training: no known type has 16 vCPU and"):
        instances.for_training(FOREST, Load(10**10, 20, 1), None)


def test_with_prices_the_cheapest_that_is_large_enough_is_named() -> None:
    known = Prices("2026-01-01", "r", "s", {"training": {"ml.m5.xlarge": 0.5, "ml.r5.large": 0.4}})
    advice = instances.for_training(HOUSE_PRICES, Load(5, 2, 10), known)
    assert (advice.instance_type, advice.price_per_hour) == ("ml.r5.large", 0.4)
    assert instances.for_serving(HOUSE_PRICES, Load(5, 2, 10), known).price_per_hour is None


def product(component: str, name: str, usd: str, unit: str = "Hrs") -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"attributes": {"component": component, "instanceName": name}},
            "terms": {"OnDemand": {"t": {"priceDimensions": {"d": dimension}}}},
        }
    )


class PriceList:
    """AWS's price list as boto3 answers it, a page a product."""

    def __init__(self, *products: str) -> None:
        self.products = products
        self.asked: list[Any] = []

    def get_paginator(self, operation: str) -> Any:
        def paginate(**parameters: Any) -> Any:
            self.asked.append((operation, parameters))
            return [{"PriceList": [text]} for text in self.products]

        return SimpleNamespace(paginate=paginate)


def test_prices_are_fetched_dated_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "local" / "prices.json"
    listed = PriceList(
        product("Hosting", "ml.m5.large", "0.2"),
        product("Training", "ml.m5.large", "0.1"),
        product("Notebook", "ml.m5.large", "9"),
        product("Hosting", "ml.c5.xlarge", "7", unit="GB"),
    )
    fetched = prices.refresh("eu-west-1", file, listed)
    assert fetched.hourly == {"training": {"ml.m5.large": 0.1}, "serving": {"ml.m5.large": 0.2}}
    assert prices.load("eu-west-1", file) == fetched
    assert prices.load("us-east-1", file) is None
    (asked,) = listed.asked
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}]
    assert asked == ("get_products", {"ServiceCode": "AmazonSageMaker", "Filters": filters})


def test_no_prices_leave_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    prices.refresh("eu-west-1", file, PriceList(product("Hosting", "ml.m5.large", "0.2")))
    kept = file.read_text()
    with pytest.raises(CommandError, match="no SageMaker instances for the region 'mars'"):
        prices.refresh("mars", file, PriceList())
    assert file.read_text() == kept


def test_a_file_that_holds_no_prices_is_told(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    assert prices.load("r", file) is None
    for text in ("{", '{"odd": 1}'):
        file.write_text(text)
        with pytest.raises(CommandError, match=r"holds no prices .*`lifecycle prices refresh` writes it"):
            prices.load("r", file)
