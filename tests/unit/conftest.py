"""What keeps the unit tests quick."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _moto_without_awss_policies() -> None:
    """The embedded AWS, which some tests import, has moto load them: each `mock_aws` would take seconds."""
    os.environ.pop("MOTO_IAM_LOAD_MANAGED_POLICIES", None)
