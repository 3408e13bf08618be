"""Writes the data of the shipped models: `python models/make_data.py`. DATA.md says where it comes from."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

MODELS = Path(__file__).resolve().parent
Rows = Iterable[Sequence[object]]

DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression")
# The columns of auto-mpg, by the keys of vega_datasets.
CARS = {
    "Cylinders": "cylinders",
    "Displacement": "displacement",
    "Horsepower": "horsepower",
    "Weight_in_lbs": "weight",
    "Acceleration": "acceleration",
    "Year": "model_year",
    "Origin": "origin",
    "Miles_per_Gallon": "mpg",
}
# There the cars of 1981 have the year of those of 1982, of which this is the first in UCI's file.
FIRST_OF_1982 = "chevrolet cavalier"


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


def auto_mpg() -> Rows:
    """398 cars, in the order of their years; some have no horsepower."""
    file = distribution("vega-datasets").locate_file("vega_datasets/_data/cars.json")
    cars: list[dict[str, Any]] = json.loads(Path(str(file)).read_text(encoding="utf-8"))
    first_of_1982 = [car["Name"] for car in cars].index(FIRST_OF_1982)
    yield [*CARS.values()]
    for place, car in enumerate(cars):
        if car["Year"] == "1982-01-01" and place < first_of_1982:
            car["Year"] = "1981-01-01"
        if car["Miles_per_Gallon"] is not None:
            yield ["" if car[key] is None else car[key] for key in CARS]


def short(number: float) -> float | int:
    """Whole numbers without a point."""
    return int(number) if float(number).is_integer() else float(number)


FILES: dict[str, Callable[[], Rows]] = {
    "diabetes/data/diabetes.csv": diabetes,
    "diabetes-linear/data/diabetes.csv": diabetes,
    "diabetes-svm/data/diabetes.csv": diabetes,
    "wine/data/wine.csv": lambda: wine(lambda index: f"cultivar {index + 1}"),
    "wine-xgboost/data/wine.csv": lambda: wine(lambda index: index),
    "breast-cancer/data/tumours.csv": breast_cancer,
    "iris/data/iris.csv": iris,
    "auto-mpg/data/cars.csv": auto_mpg,
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
