"""What an interrupted training, as one on spot capacity may be, leaves for the one that takes its place."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artefact import Array, UnusableArtefactError, read_arrays, write_arrays


@dataclass(frozen=True)
class Checkpoints:
    """Arrays in `folder`, which SageMaker copies to S3 while the job runs, and back before it starts again.

    folder: None when the job keeps no checkpoints. work: names what is computed from what, so that nothing
    is taken over from another work. A checkpoint is arrays as the artefact is: loading one runs no code.
    """

    folder: Path | None = None
    work: str = ""

    @property
    def enabled(self) -> bool:
        """Whether anything is kept."""
        return self.folder is not None

    @property
    def _file(self) -> Path:
        return (self.folder or Path()) / f"{self.work}.npz"

    def save(self, arrays: Mapping[str, Array]) -> None:
        """Replace what was kept before; an interruption leaves the one or the other, never a part."""
        if self.enabled:
            unfinished = self._file.with_suffix(".unfinished")
            write_arrays(unfinished, arrays)
            os.replace(unfinished, self._file)

    def load(self) -> dict[str, Array] | None:
        """What the same work has left; None when it has left nothing, or nothing that can be read."""
        if not self.enabled or not self._file.is_file():
            return None
        try:
            return read_arrays(self._file)
        except UnusableArtefactError as error:
            print(f"checkpoint not used: {error}", flush=True)
            return None


def work_name(parts: Iterable[bytes]) -> str:
    """Sixteen digits that differ when any of the parts do."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
