"""The hyperparameters of a training job, checked. Standard library only."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from csv_table import TYPES, Column
from faults import TrainingFaultError

TASKS = ("regression", "classification")
FORMATS = ("portable", "onnx")


@dataclass(frozen=True)
class Setting:
    """What one of an algorithm's own hyperparameters may be; the names are those of scikit-learn.

    default: None leaves it to the task. minimum, maximum: of a number, inclusive unless `above`.
    words: texts that it may be, with what they mean.
    """

    default: Any
    kind: Literal["whole", "number", "word"] = "word"
    minimum: float = -math.inf
    maximum: float = math.inf
    above: bool = False
    words: Mapping[str, Any] | None = None

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        kinds = {"whole": "a whole number", "number": "a number", "word": ""}
        bounds = f" {'above' if self.above else 'from'} {self.minimum:g} to {self.maximum:g}"
        number = [kinds[self.kind] + bounds] if self.kind != "word" else []
        return " or ".join([*number, *(self.words or ())])

    def parse(self, text: str) -> Any:
        """The value; ValueError for what is not allowed."""
        if self.words and text in self.words:
            return self.words[text]
        if self.kind == "word":
            raise ValueError
        number = float(text)
        # The tuner writes whole numbers as it likes: 7, 7.0.
        low = number > self.minimum if self.above else number >= self.minimum
        if not (low and number <= self.maximum) or (self.kind == "whole" and number % 1):
            raise ValueError
        return int(number) if self.kind == "whole" else number


_FLAG = {"true": True, "false": False}

OWN: dict[str, dict[str, Setting]] = {
    "linear-regression": {"fit_intercept": Setting(True, words=_FLAG)},
    "random-forest": {
        "n_estimators": Setting(100, "whole", 1, 2000),
        "max_depth": Setting(None, "whole", 1, 64, words={"none": None}),
        "min_samples_leaf": Setting(1, "whole", 1, 10000),
        "max_features": Setting(None, "number", 0, 1, above=True, words={"sqrt": "sqrt", "log2": "log2"}),
    },
    "svm": {
        "kernel": Setting("rbf", words={"rbf": "rbf", "linear": "linear"}),
        "C": Setting(1.0, "number", 0, 1e6, above=True),
        "gamma": Setting("scale", "number", 0, 1e6, above=True, words={"scale": "scale", "auto": "auto"}),
        "epsilon": Setting(0.1, "number", 0, 1e6),
    },
}


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """What is predicted from which columns, and how rows are held out."""

    task: str
    features: tuple[Column, ...]
    feature_objects: tuple[dict[str, Any], ...]
    target: str
    seed: int
    validation_fraction: float

    @property
    def classification(self) -> bool:
        """Whether classes are predicted, not numbers."""
        return self.task == "classification"

    @property
    def target_column(self) -> Column:
        """The column to predict: a number, or the text of a class."""
        return Column(self.target, "category" if self.classification else "number")


@dataclass(frozen=True, kw_only=True)
class Settings(DataSettings):
    """What to fit, too; `own` are the hyperparameters that only the algorithm knows."""

    algorithm: str
    format: str
    own: Mapping[str, Any]


def read_settings(hyperparameters: Mapping[str, str]) -> Settings:
    """Raises TrainingFaultError naming the hyperparameter that is missing or wrong.

    Unknown ones are ignored: the platform may add some.
    """
    algorithm = _word(hyperparameters, "algorithm", tuple(OWN))
    data = read_data_settings(hyperparameters)
    if (algorithm, data.task) == ("linear-regression", "classification"):
        raise TrainingFaultError(
            "hyperparameter task: linear-regression predicts numbers; allowed: regression"
        )
    form = _word(hyperparameters, "format", FORMATS, "portable")
    if form == "onnx" and algorithm != "random-forest":
        raise TrainingFaultError("hyperparameter format: onnx is for random-forest only; allowed: portable")
    return Settings(
        **vars(data),
        algorithm=algorithm,
        format=form,
        own={name: _own(hyperparameters, name, setting) for name, setting in OWN[algorithm].items()},
    )


def read_data_settings(hyperparameters: Mapping[str, str]) -> DataSettings:
    """Raises as read_settings does."""
    task = _word(hyperparameters, "task", TASKS, "regression")
    objects = _feature_objects(hyperparameters)
    target = hyperparameters.get("target", "")
    if not target:
        raise TrainingFaultError("hyperparameter target: is missing; allowed: a column name")
    try:
        seed = int(hyperparameters.get("seed", "0"))
        fraction = float(hyperparameters.get("validation-fraction", "0.2"))
    except ValueError as error:
        raise TrainingFaultError(f"hyperparameters seed and validation-fraction: {error}") from error
    if not 0 <= seed < 2**32:
        raise TrainingFaultError(f"hyperparameter seed: {seed} is out of range; allowed: 0 to {2**32 - 1}")
    if not 0 < fraction < 1:
        message = f"{fraction} is out of range; allowed: above 0, below 1"
        raise TrainingFaultError(f"hyperparameter validation-fraction: {message}")
    return DataSettings(
        task=task,
        features=tuple(map(Column.of, objects)),
        feature_objects=objects,
        target=target,
        seed=seed,
        validation_fraction=fraction,
    )


def _feature_objects(hyperparameters: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Those of `features`, which goes on in `features-2`, `features-3`, … where it is too long for one."""
    text, number = hyperparameters.get("features", ""), 2
    while piece := hyperparameters.get(f"features-{number}"):
        text, number = text + piece, number + 1
    try:
        objects: Any = json.loads(text)
    except ValueError:
        objects = None
    good = isinstance(objects, list) and objects and all(map(_is_feature, cast(list[Any], objects)))
    if not good:
        message = 'allowed: a JSON list of objects {"name", "type", ...}'
        raise TrainingFaultError(f"hyperparameter features: {message}")
    return tuple(cast(list[dict[str, Any]], objects))


def _is_feature(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    feature = cast(dict[str, Any], item)
    known = feature.keys() <= Column.__dataclass_fields__.keys()
    return known and isinstance(feature.get("name"), str) and feature.get("type", "number") in TYPES


def _word(hyperparameters: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str = "") -> str:
    word = hyperparameters.get(name, default)
    if word not in allowed:
        raise TrainingFaultError(f"hyperparameter {name}: {word!r} is unknown; allowed: {', '.join(allowed)}")
    return word


def _own(hyperparameters: Mapping[str, str], name: str, setting: Setting) -> Any:
    if name not in hyperparameters:
        return setting.default
    text = hyperparameters[name]
    try:
        return setting.parse(text)
    except ValueError:
        message = f"{text[:40]!r} is not allowed; allowed: {setting.allowed}"
        raise TrainingFaultError(f"hyperparameter {name}: {message}") from None
