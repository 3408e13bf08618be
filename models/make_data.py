"""Writes the data of the shipped models: `python models/make_data.py`. DATA.md says where it comes from."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

MODELS = Path(__file__).resolve().parent
Rows = Iterable[Sequence[object]]

DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression")
REGIONS = {"Jura": 2600, "Plateau": 5200, "Alps": 4100}
HEATINGS = {"gas": 0, "oil": -15000, "heat pump": 25000}


def diabetes() -> Rows:
    """442 patients, in the units of their measurements."""
    data: Any = load_diabetes(scaled=False)
    return [DIABETES, *([*map(short, row), short(y)] for row, y in zip(data.data, data.target, strict=True))]


def wine(cultivar: Callable[[int], object]) -> Rows:
    """178 wines; cultivar names the class of each."""
    data: Any = load_wine()
    names = [name.replace("/", "_") for name in data.feature_names]
    rows = zip(data.data, data.target, strict=True)
    return [[*names, "cultivar"], *([*map(short, row), cultivar(int(y))] for row, y in rows)]


def breast_cancer() -> Rows:
    """569 tumours."""
    data: Any = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    rows = zip(data.data, data.target, strict=True)
    return [[*names, "diagnosis"], *([*map(short, row), data.target_names[y]] for row, y in rows)]


def iris() -> Rows:
    """150 flowers."""
    data: Any = load_iris()
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in data.feature_names]
    rows = zip(data.data, data.target, strict=True)
    return [[*names, "species"], *([*map(short, row), data.target_names[y]] for row, y in rows)]


def cottages(count: int = 400) -> Rows:
    """Invented holiday homes: texts, dates, gaps, and a price that follows from them but for some noise."""
    draw = Random(7)
    yield "area", "rooms", "region", "heating", "renovated", "lake_view", "price"
    for _ in range(count):
        area, region, heating = draw.randint(35, 180), draw.choice([*REGIONS]), draw.choice([*HEATINGS])
        renovated = date(1995, 1, 1) + timedelta(days=draw.randrange(10_500))
        view = draw.random() < 0.2
        price = area * REGIONS[region] + HEATINGS[heating] + (renovated.year - 1995) * 1500 + view * 90_000
        price *= draw.gauss(1, 0.05)
        yield (
            area,
            "" if draw.random() < 0.1 else max(1, round(area / 30)),
            region,
            "" if draw.random() < 0.1 else heating,
            "" if draw.random() < 0.15 else renovated.isoformat(),
            "true" if view else "false",
            int(round(price, -3)),
        )


def short(number: float) -> float | int:
    """Whole numbers without a point."""
    return int(number) if float(number).is_integer() else float(number)


FILES: dict[str, Callable[[], Rows]] = {
    "diabetes/data/diabetes.csv": diabetes,
    "diabetes-linear/data/diabetes.csv": diabetes,
    "wine/data/wine.csv": lambda: wine(lambda index: f"cultivar {index + 1}"),
    "wine-xgboost/data/wine.csv": lambda: wine(lambda index: index),
    "breast-cancer/data/tumours.csv": breast_cancer,
    "iris/data/iris.csv": iris,
    "cottages/data/cottages.csv": cottages,
}


def write(folder: Path) -> None:
    """All files, below `folder`."""
    for name, rows in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows())


if __name__ == "__main__":
    write(MODELS)
