"""The environment of the toolkits that others wrote, and algorithms/ as a job imports it."""

import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "algorithms"))


@pytest.fixture(scope="session")
def toolkits() -> Path:
    """The Python of the toolkits, which `make verify` installs."""
    python = PROJECT / ".venv-verify" / "bin" / "python"
    assert python.exists(), f"{python} is missing: `make verify` installs it"
    return python
