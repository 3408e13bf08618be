"""Packs algorithms/ into the sourcedir.tar.gz that script mode unpacks: same files, same bytes."""

import gzip
import io
import tarfile
from pathlib import Path

ALGORITHMS_ROOT = Path(__file__).resolve().parents[2] / "algorithms"
BUNDLE_NAME = "sourcedir.tar.gz"
PROGRAM = "train.py"
# The program of a user's own script, which packs that for its endpoint and then becomes its train.py.
USER_PROGRAM = "user_script.py"
# What is packed beside a user's own scripts: files, and a folder with the program that measures a guess
# without a model and all that it imports of algorithms/, where no name of a user's is in the way.
USER_ADDITIONS = (USER_PROGRAM, "user_wheel.py")
GUESS_FOLDER = "lifecycle_baseline"
GUESS_FILES = (
    "guess.py",
    "artefact.py",
    "channel.py",
    "csv_table.py",
    "evaluation.py",
    "faults.py",
    "folders.py",
    "learnable.py",
    "number_table.py",
    "pipeline.py",
    "settings.py",
)


def bundle_bytes(source: Path = ALGORITHMS_ROOT) -> bytes:
    """The archive of all `*.py` files below `source`, and of its requirements.txt, paths relative to it.

    A user's own folder gets USER_ADDITIONS and GUESS_FOLDER too.
    No time, user or mode of this machine gets in. Stored, not compressed: what zlib makes of the same text
    differs between its versions, and the hash of the bytes names the asset.
    Raises FileNotFoundError when there is no train.py.
    """
    if not (source / PROGRAM).is_file():
        raise FileNotFoundError(f"{source} has no {PROGRAM}")
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(_members(source).items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), compresslevel=0, mtime=0)


def _members(source: Path) -> dict[str, Path]:
    """The files by their names in the archive."""
    own = [*source.rglob("*.py"), *source.glob("requirements.txt")]
    members = {path.relative_to(source).as_posix(): path for path in own}
    return members if source == ALGORITHMS_ROOT else {**members, **user_additions()}


def user_additions() -> dict[str, Path]:
    """What is packed beside a user's own scripts, by the names in the archive."""
    return {
        **{name: ALGORITHMS_ROOT / name for name in USER_ADDITIONS},
        **{f"{GUESS_FOLDER}/{name}": ALGORITHMS_ROOT / name for name in GUESS_FILES},
    }


def write_bundle(target: Path, source: Path = ALGORITHMS_ROOT) -> Path:
    """Write the archive to the file `target`, making its folder; returns `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(bundle_bytes(source))
    return target
