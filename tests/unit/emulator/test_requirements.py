"""A user's requirements.txt: what is met already is not installed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.sagemaker.requirements import unmet


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("numpy\n# a remark\n\nscikit-learn>=1.0  # as in the image\n", []),
        ("numpy<1\n", ["numpy<1"]),
        ("no-such-package\n", ["no-such-package"]),
        ("numpy; python_version < '3'\n", []),
        ("no-such-package; python_version < '3'\n", []),
        ("./folder\n", ["./folder"]),
        ("--no-index\n--find-links wheels\nnumpy\n", []),
    ],
)
def test_what_is_left_to_install(tmp_path: Path, text: str, left: list[str]) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(text)
    assert unmet(path) == left
    assert unmet(tmp_path / "none.txt") == []
