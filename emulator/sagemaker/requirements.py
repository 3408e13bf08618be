"""A user's requirements.txt: installed beside the code, as AWS's toolkits do before they run it."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

_PASSED_ON = (
    "PIP_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
)
"""Of the emulator's own environment: how this machine reaches a package index."""

_OF_THE_SEARCH = ("--no-index", "--find-links")


def unmet(path: Path) -> list[str]:
    """Lines that what is installed does not meet; empty when there is nothing to install."""
    if not path.is_file():
        return []
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith(_OF_THE_SEARCH) and not _is_met(line)]


def _is_met(line: str) -> bool:
    try:
        wanted = Requirement(line)
        if wanted.url or wanted.extras:
            return False
        if wanted.marker and not wanted.marker.evaluate():
            return True
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False


def command(target: Path, what: list[str]) -> list[str]:
    """The installation of ``what``, in pip's words, into a folder of the container's own."""
    words = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--target", str(target)]
    return [sys.executable, *words, *what]


def environment(base: dict[str, str], *, has_network: bool = True) -> dict[str, str]:
    """``base`` with what pip finds an index by, or with the word that there is none."""
    if not has_network:
        return base | {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    return base | {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
