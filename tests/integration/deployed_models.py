"""Small models with data of their own, and the whole app with such models on the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.session import MODELS_VARIABLE, Session
from emulator.server import Emulator
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.model_specs import load_models
from tests.app_synthesis import app_with
from tests.integration.deployment import bootstrap, deploy

Client = Callable[..., Any]
Rows = Iterable[tuple[int, int]]

LINE = "linear-regression"
AT_ONCE = "{strategy: all-at-once, bake_seconds: 60}"
ON_A_LINE = [(1500, 200000), (2000, 250000), (2500, 300000), (3000, 350000), (3500, 400000)]


@dataclass(frozen=True)
class SmallModel:
    """Prices of houses by their size; `more` are lines of its model.yaml."""

    algorithm: str = LINE
    rows: Rows = tuple(ON_A_LINE)
    threshold: float = 5000
    approval: str = "manual"
    rollout: str = AT_ONCE
    more: str = ""

    def write(self, folder: Path) -> None:
        """Put model.yaml and data below the folder, whose name is the model's."""
        (folder / "data").mkdir(parents=True)
        (folder / "model.yaml").write_text(
            f"""\
name: {folder.name}
source: {{type: local, path: data}}
target: Price
features: [{{name: SquareFeet, type: number, minimum: 100, maximum: 20000}}]
algorithm: {self.algorithm}
gate: {{metric: rmse, threshold: {self.threshold}, approval: {self.approval}}}
serving: {{type: realtime, min_instances: 2, max_instances: 4}}
rollout: {self.rollout}
{self.more}"""
        )
        lines = ["SquareFeet,Price", *(f"{feet},{price}" for feet, price in self.rows)]
        (folder / "data" / "houses.csv").write_text("\n".join(lines) + "\n")


@contextmanager
def deployed(emulator: Emulator, client: Client, models_folder: Path, outdir: Path) -> Iterator[Session]:
    """A session of the command line on the environment `dev`, deployed with the folder's models."""
    app_with(load_models(models_folder), environment_named("dev"), outdir).synth()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in {
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "developer",
            "AWS_SECRET_ACCESS_KEY": "emulator",
        }.items():
            patch.setenv(name, value)
        patch.setenv(MODELS_VARIABLE, str(models_folder))
        bootstrap(client)
        deploy(client, outdir)
        yield Session("dev")
