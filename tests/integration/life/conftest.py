"""The whole app on the embedded AWS, with models whose data or gates go wrong beside the good one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.session import MODELS_VARIABLE, Session
from emulator.server import Emulator
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.model_specs import load_models
from tests.app_synthesis import PROJECT, app_with
from tests.integration.life.deployment import bootstrap, deploy

Client = Callable[..., Any]

MODEL_YAML = """\
name: {name}
source: {{type: local, path: data}}
target: Price
features: [{{name: SquareFeet, type: number, minimum: 100, maximum: 20000}}]
algorithm: {algorithm}
gate: {{metric: rmse, threshold: {threshold}, approval: {approval}}}
serving: {{type: realtime, min_instances: 2, max_instances: 4}}
rollout: {rollout}
"""

# What a model has besides. Ten AWS minutes are ten seconds on the embedded AWS.
MORE = {
    "arriving": "training: {on_new_data: true, debounce_seconds: 600}\n",
    "tuned": """\
hyperparameters: {n_estimators: 20, min_samples_leaf: [1, 2, 12]}
training: {tuning: {strategy: grid, max_jobs: 3, max_parallel: 1}}
""",
}

LINE = "linear-regression"
AT_ONCE = "{strategy: all-at-once, bake_seconds: 60}"
CANARY = "{strategy: canary, canary_percent: 50, bake_seconds: 300}"

ON_A_LINE = [(1500, 200000), (2000, 250000), (2500, 300000), (3000, 350000), (3500, 400000)]
ON_A_LONG_LINE = [(feet, 50000 + 100 * feet) for feet in range(1000, 4000, 50)]
SCATTERED = [(1500, 400000), (2000, 100000), (2500, 390000), (3000, 90000), (3500, 395000)]


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """house-prices and iris as they are; people approve `by-hand` and `tried`; `noisy` never passes its gate;
    `broken` fails; `careful` shifts its traffic by canary. Of AWS's own algorithms `guessed` is worse than a
    guess, and `boosted` is good. `arriving` trains when new data comes, `tuned` searches ranges.
    """
    project = tmp_path_factory.mktemp("project")
    folder = project / "models"
    for name in ("house-prices", "iris"):
        shutil.copytree(PROJECT / "models" / name, folder / name)
    for name, algorithm, rows, threshold, approval, rollout in (
        ("by-hand", LINE, ON_A_LINE, 5000, "manual", AT_ONCE),
        ("tried", LINE, ON_A_LINE, 5000, "manual", AT_ONCE),
        ("arriving", LINE, ON_A_LINE, 5000, "manual", AT_ONCE),
        ("tuned", "random-forest", ON_A_LONG_LINE, 50000, "manual", AT_ONCE),
        ("noisy", LINE, SCATTERED, 1, "auto", AT_ONCE),
        ("broken", LINE, ON_A_LINE, 5000, "auto", AT_ONCE),
        ("careful", LINE, ON_A_LINE, 5000, "auto", CANARY),
        ("guessed", "xgboost", SCATTERED, 1e9, "auto", AT_ONCE),
        ("boosted", "xgboost", ON_A_LINE, 40000, "auto", AT_ONCE),
    ):
        data = folder / name / "data"
        data.mkdir(parents=True)
        (folder / name / "model.yaml").write_text(
            MODEL_YAML.format(
                name=name, algorithm=algorithm, threshold=threshold, approval=approval, rollout=rollout
            )
            + MORE.get(name, "")
        )
        lines = ["SquareFeet,Price", *(f"{feet},{price}" for feet, price in rows)]
        (data / "houses.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def life(
    emulator: Emulator, client: Client, models_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A session of the command line on the deployed environment `dev`."""
    outdir = tmp_path_factory.mktemp("life.out")
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
