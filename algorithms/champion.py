"""The model that is live, measured on the rows that the new one is measured on."""

import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import artefact
import numpy as np
from artefact import UnusableArtefactError
from channel import Data
from csv_table import Column
from evaluation import metrics
from inference import Model
from settings import Settings

# Of what an artefact needs; more is no model of ours.
SIZE_LIMIT_BYTES = 2 * 1024**3


class NotComparableError(Exception):
    """The champion cannot be measured on this data; the message says why."""


def measure_champion(channel: Path, settings: Settings, data: Data, held: Sequence[int]) -> dict[str, float]:
    """The metrics of the champion on the held-out rows.

    channel: folder with the champion's model.tar.gz.
    Raises NotComparableError when it is no artefact of ours, or of another task, target, classes or features.
    """
    files = sorted(channel.rglob("*.tar.gz"))
    if len(files) != 1:
        raise NotComparableError(f"the channel has {len(files)} archives; allowed: 1")
    with TemporaryDirectory() as folder:
        extract(files[0], Path(folder))
        try:
            # By its numbers, whatever form it is served in: none of its code runs here.
            model = Model(*artefact.load(Path(folder)))
        except UnusableArtefactError as error:
            raise NotComparableError(f"its archive holds no artefact of this format: {error}") from error
    check_comparable(model, settings, data)
    names = [feature.name for feature in settings.features]
    columns = data.columns_of(held)
    answer = model.answer([columns[names.index(feature.name)] for feature in model.features])
    if not np.isfinite(answer).all():
        raise NotComparableError("it has no finite prediction for some of the rows")
    return metrics(data.targets[list(held)], answer)


def extract(archive: Path, folder: Path) -> None:
    """Take the two files of an artefact out of the archive, and nothing else: no code, no link, no path.

    Raises NotComparableError when it is no archive, or they are too large.
    """
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                name = member.name.removeprefix("./")
                if name not in (artefact.DESCRIPTION_FILE, artefact.ARRAYS_FILE) or not member.isfile():
                    continue
                if member.size > SIZE_LIMIT_BYTES:
                    raise NotComparableError(f"{name} has {member.size} bytes; allowed: {SIZE_LIMIT_BYTES}")
                source = members.extractfile(member)
                if source is not None:
                    (folder / name).write_bytes(source.read())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise NotComparableError(f"{archive.name} is no archive: {error}") from error


def check_comparable(model: Model, settings: Settings, data: Data) -> None:
    """Raises NotComparableError unless the champion predicts the same from the same."""
    compared = {
        "task": (model.task, settings.task),
        "target": (model.target, settings.target),
        "classes": (model.classes, data.classes),
        "features": (_features(model.features), _features(settings.features)),
    }
    other = [name for name, (champion, new) in compared.items() if champion != new]
    if other:
        raise NotComparableError(f"it has other {', '.join(other)}")


def _features(features: Sequence[Column]) -> list[tuple[str, str, bool]]:
    return sorted((feature.name, feature.type, feature.optional) for feature in features)
