"""Builds the wheel of a user's code: a backend for `pip install .` that needs no other package (PEP 517)."""

import zipfile
from pathlib import Path
from typing import Any

_NAME, _VERSION = "user-code", "1.0.0"
_STEM = f"{_NAME.replace('-', '_')}-{_VERSION}"


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """Write the wheel of all modules below the working folder; returns the file's name."""
    name = f"{_STEM}-py3-none-any.whl"
    information = {
        "METADATA": f"Metadata-Version: 2.1\nName: {_NAME}\nVersion: {_VERSION}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: user_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    # AWS's toolkit puts a setup.py there, which is none of the code.
    members = {
        path.as_posix(): path.read_bytes() for path in sorted(Path().rglob("*.py")) if path.name != "setup.py"
    }
    members |= {f"{_STEM}.dist-info/{file}": text.encode() for file, text in information.items()}
    record = f"{_STEM}.dist-info/RECORD"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, content in members.items():
            wheel.writestr(path, content)
        wheel.writestr(record, "".join(f"{path},,\n" for path in [*members, record]))
    return name
