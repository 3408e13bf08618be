from pathlib import Path

import pytest

from tests import conftest, source_roots


@pytest.mark.parametrize("root", source_roots.SOURCE_ROOTS)
def test_an_init_file_in_a_source_root_is_found(tmp_path: Path, root: str) -> None:
    (tmp_path / root / "package").mkdir(parents=True)
    (tmp_path / root / "package" / "__init__.py").touch()
    assert source_roots.stray_init_files(tmp_path) == []

    stray = tmp_path / root / "__init__.py"
    stray.touch()

    assert source_roots.stray_init_files(tmp_path) == [stray]


def test_a_session_with_a_stray_init_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    (tmp_path / "constructs").mkdir()
    (tmp_path / "constructs" / "__init__.py").touch()
    monkeypatch.setattr(conftest, "PROJECT", tmp_path)

    with pytest.raises(pytest.UsageError, match=r"constructs/__init__\.py: remove it"):
        conftest.pytest_configure(pytestconfig)
