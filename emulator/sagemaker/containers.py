"""The parts of the container contract that training, processing and serving share."""

from __future__ import annotations

import gzip
import io
import os
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

OPT_ML = "/opt/ml"


def base_environment(region: str) -> dict[str, str]:
    """What a container finds set before anything of its own; nothing of the developer's shell leaks in."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/root",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "OMP_NUM_THREADS": "1",
    }


def below(base: Path, value: str) -> str:
    """A container's path, or path list, as it is outside of one: ``/opt/ml`` is ``base``."""
    return re.sub(rf"(?<![\w/]){re.escape(OPT_ML)}(?=$|[/:;,\s\"'])", str(base), value)


def unpack(archive: Path, target: Path) -> None:
    """Extract a tar.gz. Raises tarfile.TarError for a broken one, or one that reaches outside ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "r:gz") as tar:
        members = tar.getmembers()
        for member in members:
            path = Path(member.name)
            if not (member.isreg() or member.isdir()) or path.is_absolute() or ".." in path.parts:
                raise tarfile.TarError(f"{member.name} is no plain file or folder below the archive's root")
        # Python before 3.11.4 has no filters; the loop above refuses what they would.
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(target, members, **safely)


def pack(folder: Path) -> bytes:
    """The folder's content as a tar.gz that depends on nothing else: no clock, no owner, sorted names."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            info = tar.gettarinfo(path, arcname=str(path.relative_to(folder)))
            info.mtime = 0
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            if info.isreg():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)
    return gzip.compress(raw.getvalue(), compresslevel=1, mtime=0)
