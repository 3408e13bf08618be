"""The whole app on the embedded AWS, with models that are trained again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.session import Session
from emulator.server import Emulator
from tests.integration.deployed_models import ON_A_LINE, SmallModel, deployed

Client = Callable[..., Any]

ON_A_LONG_LINE = [(feet, 50000 + 100 * feet) for feet in range(1000, 4000, 50)]
SEARCH = """\
hyperparameters: {n_estimators: 20, min_samples_leaf: [1, 2, 12]}
training: {tuning: {strategy: grid, max_jobs: 3, max_parallel: 1}}
"""
MODELS = {
    "by-hand": SmallModel(),
    "tried": SmallModel(),
    "tuned": SmallModel("random-forest", ON_A_LONG_LINE, threshold=50000, more=SEARCH),
    "boosted": SmallModel("xgboost", ON_A_LINE, threshold=40000, approval="auto"),
}


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People approve `by-hand`, `tried` and `tuned`, which searches ranges; `boosted` is of AWS's own."""
    folder = tmp_path_factory.mktemp("project") / "models"
    for name, model in MODELS.items():
        model.write(folder / name)
    return folder


@pytest.fixture(scope="session")
def life(
    emulator: Emulator, client: Client, models_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A session of the command line on the deployed environment `dev`."""
    with deployed(emulator, client, models_folder, tmp_path_factory.mktemp("life.out")) as session:
        yield session
