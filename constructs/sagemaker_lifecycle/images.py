"""The scikit-learn image of AWS: in which account each region keeps it.

image_accounts.json holds the table. It is generated, from data files of the PyPI packages sagemaker-core and
botocore, by `python -m sagemaker_lifecycle.images generate`; a test compares it with both.
"""

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = "sagemaker-scikit-learn"
VERSION = "1.9-0"
TAG = f"{VERSION}-cpu-py3"

_TABLE = Path(__file__).with_name("image_accounts.json")
_SDK_DATA = Path("core", "image_uri_config", "sklearn.json")


def accounts() -> dict[str, str]:
    """Account of the image by region; every region that the SDK knows."""
    return {region: account for regions in _table().values() for region, account in regions.items()}


def image_uri(region: str) -> str:
    """Address of the scikit-learn image in that region.

    Raises ValueError, naming the regions, when AWS keeps no such image there.
    """
    for domain, regions in _table().items():
        if region in regions:
            return f"{regions[region]}.dkr.ecr.{region}.{domain}/{REPOSITORY}:{TAG}"
    known = ", ".join(sorted(accounts()))
    raise ValueError(f"region {region!r} has no scikit-learn image of AWS; allowed: {known}")


def sdk_table() -> dict[str, dict[str, str]]:
    """The table anew: accounts by region (sagemaker-core), by domain (botocore).

    Reads JSON only; neither package is imported.
    Raises LookupError when one is not installed, or when training and inference images differ in account.
    """
    configuration: dict[str, Any] = json.loads((_package("sagemaker") / _SDK_DATA).read_text())
    partitions: dict[str, Any] = json.loads((_package("botocore") / "data" / "partitions.json").read_text())
    registries: dict[str, str] = configuration["training"]["versions"][VERSION]["registries"]
    if registries != configuration["inference"]["versions"][VERSION]["registries"]:
        raise LookupError(f"scikit-learn {VERSION}: training and inference images are in different accounts")
    table: dict[str, dict[str, str]] = {}
    for region, account in sorted(registries.items()):
        table.setdefault(_domain(region, partitions), {})[region] = account
    return table


def _domain(region: str, partitions: dict[str, Any]) -> str:
    for partition in partitions["partitions"]:
        if region in partition["regions"] or re.match(partition["regionRegex"], region):
            return partition["outputs"]["dnsSuffix"]
    raise LookupError(f"botocore knows no partition of the region {region}")


def _package(name: str) -> Path:
    package = importlib.util.find_spec(name)
    if package is None or not package.submodule_search_locations:
        raise LookupError(f"the package {name} is not installed")
    return Path(package.submodule_search_locations[0])


@cache
def _table() -> dict[str, dict[str, str]]:
    return json.loads(_TABLE.read_text())


def main(arguments: list[str]) -> int:
    """`generate` writes image_accounts.json."""
    if arguments != ["generate"]:
        sys.stderr.write("usage: python -m sagemaker_lifecycle.images generate\n")
        return 2
    _TABLE.write_text(json.dumps(sdk_table(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
