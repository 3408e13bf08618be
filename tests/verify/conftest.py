"""The environment of the toolkits that others wrote, which `make verify` installs."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def toolkits() -> Path:
    """The Python of that environment."""
    python = PROJECT / ".venv-verify" / "bin" / "python"
    assert python.exists(), f"{python} is missing: `make verify` installs it"
    return python
