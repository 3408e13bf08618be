"""Instance types that SageMaker knows, read from the enums of botocore's own service model.

The model (2.6 MB of JSON) is neither parsed as a whole nor loaded through botocore: the two enums are cut out
of its text when a type is first checked, about 15 ms, and not before.
"""

import gzip
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker_lifecycle.spec.problems import near_miss

_SERVICE_MODEL = Path("data", "sagemaker", "2017-07-24", "service-2.json.gz")


def check_training_instance_type(name: str) -> str:
    """The name itself; raises ValueError, with a hint, when SageMaker training does not know it."""
    return _check(name, "TrainingInstanceType", "training")


def check_processing_instance_type(name: str) -> str:
    """The name itself; raises ValueError, with a hint, when SageMaker processing does not know it."""
    return _check(name, "ProcessingInstanceType", "processing")


def check_serving_instance_type(name: str) -> str:
    """The name itself; raises ValueError, with a hint, when SageMaker hosting does not know it."""
    return _check(name, "ProductionVariantInstanceType", "hosting")


def burstable(name: str) -> bool:
    """Whether the type is of a burstable family (t2, t3, …), which SageMaker refuses to autoscale."""
    return re.match(r"ml\.t\d", name) is not None


def has_local_storage(name: str) -> bool:
    """Whether the type (`ml.r5d.large`) brings its own disks: hardware encrypts them, our key is refused.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html and
    API_CreateEndpointConfig.html, members VolumeKmsKeyId and KmsKeyId.
    """
    return re.match(r"(g[5-9]|gr\d|p[4-9]|trn\d|inf2)|\w+dn?$", name.split(".")[1]) is not None


def families_with_local_storage() -> tuple[str, ...]:
    """Families (`m5d`) of the types that SageMaker hosting knows and that bring their own disks."""
    own = (name for name in _known("ProductionVariantInstanceType") if has_local_storage(name))
    return tuple(sorted({name.split(".")[1] for name in own}))


def instance_types(shape: str) -> tuple[str, ...]:
    """All values of the enum `TrainingInstanceType` or `ProductionVariantInstanceType`.

    Raises LookupError when the installed botocore has no such enum.
    """
    text = _service_model()
    start = text.find(f'"{shape}":{{')
    if start < 0:
        raise LookupError(f"botocore's model of SageMaker has no {shape}")
    definition: dict[str, Any] = json.JSONDecoder().raw_decode(text, text.index("{", start))[0]
    return tuple(definition["enum"])


def _check(name: str, shape: str, purpose: str) -> str:
    allowed = _known(shape)
    if name not in allowed:
        hint = near_miss(name, allowed)
        raise ValueError(
            f"{name!r} is no instance type of SageMaker {purpose}; allowed: like ml.m5.large{hint}"
        )
    return name


@cache
def _known(shape: str) -> tuple[str, ...]:
    return instance_types(shape)


@cache
def _service_model() -> str:
    package = importlib.util.find_spec("botocore")
    if package is None or not package.submodule_search_locations:
        raise LookupError("botocore is not installed: instance types cannot be checked")
    path = Path(package.submodule_search_locations[0]) / _SERVICE_MODEL
    return gzip.decompress(path.read_bytes()).decode()
