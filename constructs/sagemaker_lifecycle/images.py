"""The images of AWS that train and serve: in which account each region keeps them.

image_accounts.json holds the table. It is generated, from data files of the PyPI packages sagemaker-core and
botocore, by `python -m sagemaker_lifecycle.images generate`; a test compares it with both.
"""

import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class AwsImage:
    """An image of AWS's: its name here, its repository and tag, and where the SDK has its accounts."""

    name: str
    repository: str
    tag: str
    sdk_file: str
    sdk_version: str


SCIKIT_LEARN = AwsImage("scikit-learn", "sagemaker-scikit-learn", "1.9-0-cpu-py3", "sklearn.json", "1.9-0")
XGBOOST = AwsImage("xgboost", "sagemaker-xgboost", "1.7-1", "xgboost.json", "1.7-1")
LINEAR_LEARNER = AwsImage("linear-learner", "linear-learner", "1", "linear-learner.json", "1")
IMAGES = {image.name: image for image in (SCIKIT_LEARN, XGBOOST, LINEAR_LEARNER)}

_TABLE = Path(__file__).with_name("image_accounts.json")
_SDK_DATA = Path("core", "image_uri_config")


def accounts(image: AwsImage = SCIKIT_LEARN) -> dict[str, str]:
    """Account of the image by region; every region that the SDK knows."""
    domains = _table()[image.name]
    return {region: account for regions in domains.values() for region, account in regions.items()}


def image_uri(region: str, image: AwsImage = SCIKIT_LEARN) -> str:
    """Address of the image in that region.

    Raises ValueError, naming the regions, when AWS keeps no such image there.
    """
    for domain, regions in _table()[image.name].items():
        if region in regions:
            return f"{regions[region]}.dkr.ecr.{region}.{domain}/{image.repository}:{image.tag}"
    known = ", ".join(sorted(accounts(image)))
    raise ValueError(f"region {region!r} has no {image.name} image of AWS; allowed: {known}")


def sdk_table() -> dict[str, dict[str, dict[str, str]]]:
    """The table anew: accounts by region (sagemaker-core), by domain (botocore), by image.

    Reads JSON only; neither package is imported.
    Raises LookupError when one is not installed, or when training and inference images differ in account.
    """
    partitions: dict[str, Any] = json.loads((_package("botocore") / "data" / "partitions.json").read_text())
    return {name: _accounts_of(image, partitions) for name, image in IMAGES.items()}


def _accounts_of(image: AwsImage, partitions: dict[str, Any]) -> dict[str, dict[str, str]]:
    text = (_package("sagemaker") / _SDK_DATA / image.sdk_file).read_text()
    configuration: dict[str, Any] = json.loads(text)
    training, inference = (
        configuration.get(scope, configuration)["versions"][image.sdk_version]
        for scope in ("training", "inference")
    )
    registries: dict[str, str] = training["registries"]
    if (registries, training["repository"]) != (inference["registries"], image.repository):
        raise LookupError(f"{image.name} {image.tag}: training and inference images differ in place")
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
def _table() -> dict[str, dict[str, dict[str, str]]]:
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
