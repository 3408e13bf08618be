"""What every test stands on: the guard of the source roots, and one synth of the whole app a session."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.source_roots import stray_init_files

PROJECT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run when `constructs/` or `lambda/` was made a package; set the CDK up for a fast synth."""
    stray = stray_init_files(PROJECT)
    if stray:
        raise pytest.UsageError(
            f"{', '.join(map(str, stray))}: remove it; constructs/ would shadow the package "
            "that aws_cdk imports, and lambda is a keyword: both are source roots, not packages"
        )
    node = Path(sys.executable).with_name("node")
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
    # Read once, when the first synth starts the jsii kernel. tests/security has the synth with validation on.
    os.environ["CDK_VALIDATION"] = "false"

    # Thousands of tests are collected, none of which is garbage: looking for it takes seconds.
    gc.disable()


def pytest_collection_finish() -> None:
    """From now on there may be garbage; what was collected is none."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """What is garbage now is found by one look; pytest would look five times through all that is none."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the synth of the environment dev."""
    # Not imported above: aws_cdk takes seconds, which tests of other rooms do not spend.
    from tests.app_synthesis import new_app

    outdir = tmp_path_factory.mktemp("cdk.out")
    new_app("dev", outdir).synth()
    return outdir


@pytest.fixture(scope="session")
def templates(assembly: Path) -> dict[str, dict[str, Any]]:
    """The templates of the environment dev, by what follows `lifecycle-dev-` in the stack's name."""
    from tests.app_synthesis import templates_in

    return templates_in(assembly, "dev")
