"""What a guess without a model reaches on the rows held out: the least that any model must beat.

As a program it prints that of the channel `train`, by the job's hyperparameters (settings.py), in lines like
`metric baseline:rmse=1.5;`. It runs before a user's own train.py (user_script.py), which may read what this
project's reader refuses: then it says why it measured nothing, and that is no failure.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from channel import Data, read_data
from evaluation import baseline, hold_out, metrics, print_metrics, require_finite, row_keys
from faults import TrainingFaultError
from folders import Folders
from pipeline import Expanded, expand
from settings import DataSettings, read_data_settings


def split(settings: DataSettings, data: Data, rows: Expanded) -> tuple[list[int], list[int]]:
    """Indices of the rows to fit on and of those held out, each ascending; `rows` are those of `data`."""
    classes = data.targets if settings.classification else None
    return hold_out(row_keys(rows, data.targets), settings.validation_fraction, settings.seed, classes)


def measure_guess(data: Data, seen: Sequence[int], held: Sequence[int]) -> dict[str, float]:
    """Metrics, as `baseline:rmse`, of what the rows `seen` suggest for those held out without a look at them.

    r2 is left out when it is undefined, as for any model on these rows.
    Raises TrainingFaultError when the targets are too large to compute with.
    """
    count = len(data.classes) if data.classes else None
    measured = metrics(data.targets[held], baseline(data.targets[seen], len(held), count))
    require_finite(measured)
    return {f"baseline:{name}": value for name, value in measured.items()}


def guess(hyperparameters: Mapping[str, str], channel: Path) -> dict[str, float]:
    """`measure_guess` of the CSV files below `channel`.

    Raises TrainingFaultError for hyperparameters or data that nothing can be measured by.
    """
    settings = read_data_settings(hyperparameters)
    data = read_data(channel, settings.features, settings.target_column)
    return measure_guess(data, *split(settings, data, expand(settings.features, data.columns)))


def main() -> None:
    """Print the metrics, or why there are none."""
    folders = Folders.of(os.environ)
    try:
        print_metrics(guess(json.loads(folders.hyperparameters.read_text()), folders.channel))
    except TrainingFaultError as fault:
        print(f"no guess without a model is measured, so train.py must print its metric itself: {fault}")


if __name__ == "__main__":
    main()
