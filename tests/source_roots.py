"""The two folders that must stay plain source roots: an `__init__.py` in them breaks imports far away."""

from pathlib import Path

SOURCE_ROOTS = ("constructs", "lambda")


def stray_init_files(project: Path) -> list[Path]:
    """The `__init__.py` files that lie directly in a source root of the project."""
    return [path for root in SOURCE_ROOTS if (path := project / root / "__init__.py").exists()]
