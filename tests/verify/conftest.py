"""The environment of the toolkits that others wrote, and algorithms/ as a job imports it."""

import os
import sys
from pathlib import Path

import pytest

from tests.unit.algorithms.wheels import wheel_of_installed

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "algorithms"))


@pytest.fixture(scope="session")
def toolkits() -> Path:
    """The Python of the toolkits, which `make verify` installs."""
    python = PROJECT / ".venv-verify" / "bin" / "python"
    assert python.exists(), f"{python} is missing: `make verify` installs it"
    return python


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """pip's settings, as variables: an index without a network, of onnxruntime alone."""
    folder = tmp_path_factory.mktemp("index")
    wheel_of_installed(folder, "onnxruntime")
    return {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": str(folder)}
