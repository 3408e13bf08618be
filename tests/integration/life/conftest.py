"""The whole app on the embedded AWS, with models whose data or gates go wrong beside the good one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.session import Session
from emulator.server import Emulator
from tests.app_synthesis import PROJECT
from tests.integration.deployed_models import SmallModel, deployed

Client = Callable[..., Any]

CANARY = "{strategy: canary, canary_percent: 50, bake_seconds: 300}"
SCATTERED = [(1500, 400000), (2000, 100000), (2500, 390000), (3000, 90000), (3500, 395000)]

# Ten AWS minutes are ten seconds on the embedded AWS.
MODELS = {
    "by-hand": SmallModel(),
    "arriving": SmallModel(more="training: {on_new_data: true, debounce_seconds: 600}\n"),
    "noisy": SmallModel(rows=SCATTERED, threshold=1, approval="auto"),
    "broken": SmallModel(approval="auto"),
    "careful": SmallModel(approval="auto", rollout=CANARY),
    "guessed": SmallModel("xgboost", SCATTERED, threshold=1e9, approval="auto"),
}


@pytest.fixture(scope="session")
def life(emulator: Emulator, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session of the command line on the deployed environment `dev`.

    house-prices and iris are as they are; people approve `by-hand`; `noisy` never passes its gate; `broken`
    fails; `careful` shifts its traffic by canary; `guessed`, of an algorithm of AWS's, is worse than a guess;
    `arriving` trains when new data comes.
    """
    models = tmp_path_factory.mktemp("project") / "models"
    for name in ("house-prices", "iris"):
        shutil.copytree(PROJECT / "models" / name, models / name)
    for name, model in MODELS.items():
        model.write(models / name)
    with deployed(emulator, client, models, tmp_path_factory.mktemp("life.out")) as session:
        yield session
