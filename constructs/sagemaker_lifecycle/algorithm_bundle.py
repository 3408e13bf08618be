"""Packs algorithms/ into the sourcedir.tar.gz that script mode unpacks: same files, same bytes."""

import gzip
import io
import tarfile
from pathlib import Path

ALGORITHMS_ROOT = Path(__file__).resolve().parents[2] / "algorithms"
BUNDLE_NAME = "sourcedir.tar.gz"


def bundle_bytes(source: Path = ALGORITHMS_ROOT) -> bytes:
    """The archive of all `*.py` files below `source`, and of its requirements.txt, paths relative to it.

    No time, user or mode of this machine gets in. Stored, not compressed: what zlib makes of the same text
    differs between its versions, and the hash of the bytes names the asset.
    Raises FileNotFoundError when there is no train.py.
    """
    if not (source / "train.py").is_file():
        raise FileNotFoundError(f"{source} has no train.py")
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted([*source.rglob("*.py"), *source.glob("requirements.txt")]):
            content = path.read_bytes()
            member = tarfile.TarInfo(path.relative_to(source).as_posix())
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), compresslevel=0, mtime=0)


def write_bundle(target: Path, source: Path = ALGORITHMS_ROOT) -> Path:
    """Write the archive to the file `target`, making its folder; returns `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(bundle_bytes(source))
    return target
