"""Advice on instances: from sourced facts, with reasons; prices only where AWS gave them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moto.ec2
import pytest

from cli import instances, memory, prices
from cli.memory import DataSize
from cli.prices import Prices
from cli.session import CommandError
from sagemaker_lifecycle.spec.instance_types import instance_types
from tests.unit.cli.conftest import FOREST, HOUSE_PRICES


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


def of(rows: int, classes: int | None = None) -> DataSize:
    """Data of 20 columns, all numbers."""
    return DataSize(rows, 20, 19, classes)


def test_a_small_model_gets_a_small_machine_with_reasons() -> None:
    advice = instances.for_training(HOUSE_PRICES, of(5), None)
    assert (advice.vcpu, advice.memory_gib, advice.count, advice.price_per_hour) == (2, 8, 1, None)
    assert advice.reasons == (
        "5 rows x 20 columns take 1 MiB or so while they are read",
        "the image takes 2 GiB or so",
        "linear-regression fits on one or two vCPUs: more would be idle",
        "the smallest that is large enough",
    )


def test_more_data_gets_more_vcpus_and_memory() -> None:
    sizes = [instances.for_training(FOREST, of(rows), None) for rows in (10**3, 10**5, 10**6, 10**7)]
    # The last one for the memory of all parts together: 16 vCPU have 128 GiB.
    assert [size.vcpu for size in sizes] == [2, 4, 8, 32]
    parts = memory.of_training(FOREST, of(10**7))
    assert max(part.gib for part in parts) < 128 < instances.SYSTEM_GIB + sum(part.gib for part in parts)


def test_a_forest_is_loaded_once_a_vcpu() -> None:
    data = of(700_000)
    advice = instances.for_serving(FOREST, data, 1, None)
    assert (advice.vcpu, advice.memory_gib) == (2, 16)
    model = memory.of_a_loaded_model(FOREST, data).gib
    assert instances.SYSTEM_GIB + model < 8 < instances.SYSTEM_GIB + 2 * model
    assert "a worker a vCPU, each with a model of its own" in advice.reasons


def test_the_reasons_have_numbers_that_people_read() -> None:
    advice = instances.for_training(FOREST, of(10**6), None)
    assert advice.reasons[:2] == (
        "1000000 rows x 20 columns take 2.2 GiB or so while they are read",
        "a forest of 100 trees on 1000000 rows takes at most 11.4 GiB while it is fitted "
        "(max_depth and min_samples_leaf make it smaller)",
    )
    assert "random-forest uses every vCPU: 8 for 20,000,000 cells" in advice.reasons


def test_more_requests_get_more_instances_then_larger_ones() -> None:
    def size(requests: float) -> tuple[int, int]:
        advice = instances.for_serving(HOUSE_PRICES, of(5), requests, None)
        return advice.vcpu, advice.count

    assert [size(n) for n in (1, 240, 480, 960)] == [(2, 1), (2, 2), (2, 4), (4, 4)]


@pytest.mark.parametrize(
    ("advise", "told"),
    [
        (
            lambda: instances.for_training(FOREST, of(10**9), None),
            r"training: no known type has 16 vCPU and \d+\.\d GiB: .* a forest of 100 trees on 10+ rows",
        ),
        (
            lambda: instances.for_serving(FOREST, of(10**7), 1, None),
            r"serving: no known type has 2 vCPU and 2\.0 GiB and \d+\.\d GiB for each vCPU: .* a forest of",
        ),
    ],
    ids=["training", "serving"],
)
def test_what_fits_nowhere_is_told_with_the_reasons(advise: Callable[[], object], told: str) -> None:
    with pytest.raises(LookupError, match=told):
        advise()


def test_with_prices_the_cheapest_that_is_large_enough_is_named() -> None:
    known = Prices("2026-01-01", "r", "s", {"training": {"ml.m5.xlarge": 0.5, "ml.r5.large": 0.4}})
    advice = instances.for_training(HOUSE_PRICES, of(5), known)
    assert (advice.instance_type, advice.price_per_hour) == ("ml.r5.large", 0.4)
    assert instances.for_serving(HOUSE_PRICES, of(5), 10, known).price_per_hour is None


def test_the_cheapest_is_that_of_all_instances_together() -> None:
    known = Prices("2026-01-01", "r", "s", {"serving": {"ml.m5.large": 0.1, "ml.m5.2xlarge": 0.3}})
    advice = instances.for_serving(HOUSE_PRICES, of(5), 480, known)
    assert (advice.instance_type, advice.count) == ("ml.m5.2xlarge", 1)


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
