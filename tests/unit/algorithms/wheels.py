"""Wheels made on the spot, for requirements that no index has, or that are to come without a network."""

import zipfile
from importlib import metadata
from pathlib import Path


def write_wheel(folder: Path, name: str, version: str, modules: dict[str, str]) -> Path:
    """A pure wheel of the modules in `folder`, which is made; `name` in the form of file names."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = {
        **modules,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": tags,
    }
    record = f"{information}/RECORD"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in members.items():
            wheel.writestr(member, text)
        wheel.writestr(record, "".join(f"{member},,\n" for member in [*members, record]))
    return path


def wheel_of_installed(folder: Path, name: str) -> Path:
    """The wheel, again, from which a package of this environment was installed."""
    folder.mkdir(parents=True, exist_ok=True)
    package = metadata.distribution(name)
    [tag] = [
        line.partition(": ")[2] for line in str(package.read_text("WHEEL")).splitlines() if "Tag: " in line
    ]
    path = folder / f"{name}-{package.version}-{tag}.whl"
    made_by_pip = ("INSTALLER", "REQUESTED")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for file in package.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts and file.name not in made_by_pip:
                wheel.write(str(file.locate()), file.as_posix())
    return path
