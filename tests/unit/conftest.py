"""What keeps the unit tests quick."""

import os
from collections.abc import Iterator
from functools import cache

import botocore.loaders
import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def _moto_without_awss_policies() -> None:
    """The embedded AWS, which some tests import, has moto load them: each `mock_aws` would take seconds."""
    os.environ.pop("MOTO_IAM_LOAD_MANAGED_POLICIES", None)


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """Each session of boto would read the models of its services, some of them megabytes, anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
        yield
