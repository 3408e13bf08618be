"""The live model, measured on the rows that the new one is measured on."""

import io
import json
import re
import tarfile
from pathlib import Path

import pytest
import train
from champion import NotComparableError, extract

from tests.unit.algorithms.tables import cottages

FEATURES = [
    {"name": "Size", "type": "number", "optional": True},
    {"name": "Town", "type": "category"},
]
PRICES = {"features": json.dumps(FEATURES), "target": "Price"}
KINDS = {**PRICES, "target": "Kind", "task": "classification", "algorithm": "random-forest"}


def archive(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return content.getvalue()


def trained(container, **given: str) -> bytes:
    """The archive of a model, as SageMaker packs it."""
    base = container({"c.csv": cottages()}, **given)
    assert train.main() == 0
    return archive(
        *((f"./{name}", (base / "model" / name).read_bytes()) for name in ("model.json", "model.npz"))
    )


def metrics(printed: str, kind: str) -> dict[str, str]:
    return dict(re.findall(rf"^metric {kind}:([a-z0-9_]+)=([0-9.eE+-]+);$", printed, re.MULTILINE))


@pytest.mark.parametrize("given", [PRICES, KINDS])
def test_a_champion_that_is_the_same_model_has_the_same_metrics(container, capsys, given: dict) -> None:
    champion = trained(container, **given)
    container({"c.csv": cottages()}, champion, **given)
    assert train.main() == 0
    printed = capsys.readouterr().out
    assert metrics(printed, "champion") == metrics(printed, "validation")


def test_another_algorithm_and_another_order_of_features_are_measured(container, capsys) -> None:
    champion = trained(container, algorithm="random-forest", **PRICES)
    expected = metrics(capsys.readouterr().out, "validation")
    container({"c.csv": cottages()}, champion, **{**PRICES, "features": json.dumps(FEATURES[::-1])})
    assert train.main() == 0
    printed = capsys.readouterr().out
    assert metrics(printed, "champion") == expected
    assert metrics(printed, "validation") != expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"features": json.dumps(FEATURES[:1])}, "it has other features"),
        ({"features": json.dumps([FEATURES[0], {**FEATURES[1], "optional": True}])}, "it has other features"),
        (KINDS, "it has other task, target, classes"),
    ],
)
def test_a_champion_of_other_features_or_target_is_not_measured(
    container, capsys, given: dict, reason: str
) -> None:
    champion = trained(container, **PRICES)
    container({"c.csv": cottages()}, champion, **{**PRICES, **given})
    assert train.main() == 0
    printed = capsys.readouterr().out
    assert f"the champion is not measured: {reason}\n" in printed
    assert metrics(printed, "champion") == {}


@pytest.mark.parametrize(
    ("champion", "reason"),
    [
        (b"no archive", "model.tar.gz is no archive"),
        (archive(("model.pkl", b"x")), "its archive holds no artefact of this format"),
        (archive(("model.json", b'{"format": 1}'), ("model.npz", b"")), "is not of format 2"),
    ],
)
def test_an_archive_that_holds_no_model_of_ours_is_told(
    container, capsys, champion: bytes, reason: str
) -> None:
    container({"c.csv": cottages()}, champion, **PRICES)
    assert train.main() == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "not measured" in line]
    assert reason in line


def test_a_channel_without_an_archive_is_told(container, capsys) -> None:
    base = container({"c.csv": cottages()}, b"", **PRICES)
    (base / "input/data/champion/model.tar.gz").unlink()
    assert train.main() == 0
    assert "the champion is not measured: the channel has 0 archives; allowed: 1" in capsys.readouterr().out


def test_nothing_but_the_artefact_is_extracted(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    packed = tmp_path / "model.tar.gz"
    with tarfile.open(packed, "w:gz") as members:
        for name in ("../outside", "/absolute", "code/train.py", "sub/../../outside"):
            members.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("model.json")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        members.addfile(link)
        members.addfile(tarfile.TarInfo("./model.npz"), io.BytesIO())
    folder = tmp_path / "folder"
    folder.mkdir()
    extract(packed, folder)
    assert [path.name for path in folder.iterdir()] == ["model.npz"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "model.tar.gz", "secret"]


def test_an_artefact_too_large_to_be_one_is_not_extracted(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("champion.SIZE_LIMIT_BYTES", 3)
    packed = tmp_path / "model.tar.gz"
    packed.write_bytes(archive(("model.json", b"1234")))
    with pytest.raises(NotComparableError, match=r"model\.json has 4 bytes; allowed: 3"):
        extract(packed, tmp_path)
