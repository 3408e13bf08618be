"""The portable artefact: model.json and model.npz, which hold numbers and names and no code.

Loading runs nothing (allow_pickle=False) and depends on no version of scikit-learn. The same content gives
the same bytes: keys are sorted, and the archive carries no time.
"""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 2
DESCRIPTION_FILE = "model.json"
ARRAYS_FILE = "model.npz"

Array = NDArray[Any]

# The earliest time that a zip archive can hold.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class UnusableArtefactError(Exception):
    """The folder holds no artefact that this code can load; the message says why."""


def save(folder: Path, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write the artefact into `folder`, which exists. `description` holds JSON values only, no NaN."""
    text = json.dumps({"format": FORMAT, **description}, indent=2, sort_keys=True, allow_nan=False)
    (folder / DESCRIPTION_FILE).write_text(text + "\n", encoding="utf-8")
    write_arrays(folder / ARRAYS_FILE, arrays)


def write_arrays(file: Path, arrays: Mapping[str, Array]) -> None:
    """Write the arrays as an archive that numpy loads."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            content = np.asarray(arrays[name], order="C")
            entry = zipfile.ZipInfo(f"{name}.npy", _NO_TIME)
            # What zipfile decides by whether the entry may pass 2 GiB.
            entry.file_size = content.nbytes
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, content, allow_pickle=False)


def read_arrays(file: Path) -> dict[str, Array]:
    """The arrays of such an archive. Raises UnusableArtefactError when it is missing or damaged."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise UnusableArtefactError(f"{file}: {error}") from error


def load(folder: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Description and arrays of the artefact in `folder`.

    Raises UnusableArtefactError when a file is missing or damaged, or written in a format that is not known.
    """
    try:
        description: Any = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableArtefactError(f"{folder}: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise UnusableArtefactError(f"{folder / DESCRIPTION_FILE}: is not of format {FORMAT}")
    return description, read_arrays(folder / ARRAYS_FILE)
