"""`lifecycle init`: a model.yaml guessed from a CSV file, with the reasons for each guess."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from algorithms.learnable import CLASSES_LIMIT, MINIMUM_ROWS
from cli.data_survey import Survey, Surveyed, survey
from cli.exit_codes import WrongWords
from cli.session import CommandError
from sagemaker_lifecycle.model_specs import MODEL_FILE, load_model
from sagemaker_lifecycle.names import MODEL_NAME_LIMIT, is_model_name
from sagemaker_lifecycle.spec import SpecError
from sagemaker_lifecycle.spec.algorithms import TASKS
from sagemaker_lifecycle.spec.features import SHORT_FORM_TYPES

FEW_CLASSES = 10
"""Whole numbers, at most these different ones and each five times on average, are taken for classes."""
FEW_ROWS = 50
"""With fewer rows a straight line is surer than a forest."""
FEW_OF_A_CLASS = 10
"""A class in fewer rows has at most two that are held out, with a fifth of all."""
_BETTER_BY = 0.1
"""Part of the baseline's error that a first model must take away."""
_UNBALANCED = 0.8
"""Part of the commonest class from which on accuracy says little."""


@dataclass(frozen=True)
class Guess:
    """A model.yaml, the columns that it was guessed from, and what was guessed, one line each."""

    text: str
    columns: tuple[Surveyed, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Created:
    """The folder that was made, the columns of its data, and what was guessed."""

    folder: Path
    columns: tuple[Surveyed, ...]
    notes: tuple[str, ...]


def create(
    models: Path, file: Path, target: str, name: str | None = None, task: str | None = None
) -> Created:
    """Write models/<name>/model.yaml and copy the file to models/<name>/data/.

    name: the file's, in lower case with hyphens, when left out. task: guessed when left out.
    Raises WrongWords for a name that cannot be or is taken, a task or target that is not there, CommandError
    for data that makes no model; then nothing is left behind.
    """
    named = name if name is not None else re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")
    if not is_model_name(named):
        allowed = f"lower-case letters, digits and hyphens, a letter first, at most {MODEL_NAME_LIMIT}"
        raise WrongWords(f"{named!r} cannot be a model's name; allowed: {allowed} (--name)")
    if (models / named).exists():
        raise WrongWords(f"{models / named} is there already; allowed: another --name")
    if task not in (None, *TASKS):
        raise WrongWords(f"no task {task!r}; allowed: {', '.join(TASKS)}")
    guess = guessed(named, survey(file, target), target, task)
    models.mkdir(parents=True, exist_ok=True)
    # Made beside its place, read by the loader, and only then renamed: nobody ever sees half of it.
    with tempfile.TemporaryDirectory(dir=models, prefix=".init-") as workplace:
        made = Path(workplace) / named
        (made / "data").mkdir(parents=True)
        shutil.copyfile(file, made / "data" / f"{named}.csv")
        (made / MODEL_FILE).write_text(guess.text, encoding="utf-8")
        try:
            load_model(made)
        except SpecError as error:
            raise CommandError(f"{file} makes no model: {error}".replace(f"{workplace}/", "")) from error
        made.rename(models / named)
    return Created(models / named, guess.columns, guess.notes)


def guessed(name: str, data: Survey, target: str, task: str | None = None) -> Guess:
    """The model.yaml for the data. Raises CommandError where the target or the features allow no model."""
    wanted = data.column(target)
    task, why = (task, "as asked") if task else _task(wanted)
    _check_target(data.file, wanted, task)
    columns = _taken(data, target)
    features = [column for column in columns if column.name != target and not column.unfit]
    left_out = _left_out(columns, data.nameless, target)
    if not features:
        if not left_out:
            raise CommandError(f"{data.file}: there is no column beside {target!r}")
        reasons = "\n".join(left_out)
        raise CommandError(f"{data.file}: no column beside {target!r} can be a feature:\n{reasons}")
    algorithm, because = _algorithm(task, data.rows)
    metric, threshold, baseline = _gate(wanted, task)
    text = "\n".join(
        [
            "# yaml-language-server: $schema=../../schema/model.schema.json",
            f"name: {name}",
            *(["task: classification"] if task == "classification" else []),
            "source: {type: local, path: data}",
            f"target: {_scalar(target)}",
            *_features(features),
            f"algorithm: {algorithm}",
            f"gate: {{metric: {metric}, threshold: {threshold:g}}}",
            "serving: {type: realtime}",
            "",
        ]
    )
    notes = (
        f"task: {task}, {why}",
        f"features: {len(features)}, {_counted(features)}",
        f"algorithm: {algorithm}, {because}",
        f"gate: {metric} {threshold:g}, {baseline}",
        *left_out,
        *(f"note: {column.name!r}, {column.remark}" for column in columns if column.remark),
        *(_rare_classes(wanted) if task == "classification" else []),
        *([_HOW_TO_MEND] if any(column.faulty for column in columns) else []),
    )
    return Guess(text, columns, notes)


def _taken(data: Survey, target: str) -> tuple[Surveyed, ...]:
    """The columns; those that may number the rows are features where there is no other."""
    if any(not column.unfit for column in data.columns if column.name != target):
        return data.columns
    return tuple(
        replace(column, unfit="", remark=f"{column.unfit}; a feature because there is no other")
        if column.numbering and column.name != target
        else column
        for column in data.columns
    )


def _task(target: Surveyed) -> tuple[str, str]:
    different = len(set(target.cells))
    if target.kind != "number":
        return "classification", f"because {target.name} is {_WORDS[target.kind]}"
    whole = all(re.fullmatch(r"-?\d+", cell) for cell in target.cells)
    if whole and different <= FEW_CLASSES and target.rows >= 5 * different:
        return "classification", f"because {target.name} has {different} different whole numbers only"
    return "regression", f"because {target.name} is a number with {different} different values"


_WORDS = {"category": "text", "boolean": "true or false", "date": "a date"}


def _check_target(file: Path, target: Surveyed, task: str) -> None:
    counts = Counter(target.cells)
    if target.rows < MINIMUM_ROWS:
        counted = f"{target.rows} row{'s' * (target.rows != 1)}"
        raise CommandError(f"{file}: {counted}; allowed: {MINIMUM_ROWS} or more")
    if len(counts) == 1:
        raise CommandError(
            f"{file}: {target.name} is {target.cells[0]!r} in every row: there is nothing to learn"
        )
    if target.faulty:
        raise CommandError(f"{file}: the target {target.name!r} holds {target.unfit}")
    if task == "regression":
        if target.kind != "number":
            raise CommandError(
                f"{file}: {target.name} is no number in every row, which regression needs, "
                f"but {_WORDS[target.kind]}{': ' + target.remark if target.remark else ''}"
            )
        return
    alone = [text for text, count in counts.items() if count == 1]
    if len(counts) > CLASSES_LIMIT or alone:
        raise CommandError(
            f"{file}: {target.name} has {len(counts)} classes, of which {len(alone)} are in one row only"
            f"{': ' + ', '.join(alone[:5]) if alone else ''}{', ...' if len(alone) > 5 else ''}; allowed: "
            f"at most {CLASSES_LIMIT}, each in 2 rows or more"
        )


def _rare_classes(target: Surveyed) -> list[str]:
    counts = sorted(Counter(target.cells).items(), key=lambda item: (item[1], item[0]))
    rare = [f"{text[:40]!r} in {count}" for text, count in counts if count < FEW_OF_A_CLASS]
    if not rare:
        return []
    shown = f"{', '.join(rare[:5])}{', ...' if len(rare) > 5 else ''}"
    return [f"note: {target.name!r}, classes in few rows ({shown}): the gate can say little about these"]


def _algorithm(task: str, rows: int) -> tuple[str, str]:
    if task == "regression" and rows < FEW_ROWS:
        return "linear-regression", f"because there are {rows} rows, fewer than {FEW_ROWS}"
    return "random-forest", "which takes any data without settings"


def _gate(target: Surveyed, task: str) -> tuple[str, float, str]:
    """Metric, threshold, and what it was taken from: a tenth better than knowing no feature at all."""
    if task == "regression":
        spread = statistics.pstdev(float(cell) for cell in target.cells)
        told = f"a tenth below {spread:.3g}, the error of always saying the mean"
        return "rmse", float(f"{spread * (1 - _BETTER_BY):.3g}"), told
    counts = Counter(target.cells)
    (name, count) = counts.most_common(1)[0]
    part = count / target.rows
    if part <= _UNBALANCED:
        metric, baseline, why = "accuracy", part, ""
    else:
        # Macro F1 of always saying the commonest class: 2p / (1 + p) for that one, 0 for the others.
        metric, baseline, why = "f1", 2 * part / (1 + part) / len(counts), f" ({part:.0%} are {name})"
    threshold = round(baseline + _BETTER_BY * (1 - baseline), 3)
    return metric, threshold, f"a tenth of the way up from {baseline:.3g}, always saying {name!r}{why}"


def _features(features: list[Surveyed]) -> list[str]:
    lists = {kind: [c.name for c in features if c.kind == kind] for kind in SHORT_FORM_TYPES}
    lists["optional"] = [column.name for column in features if column.optional]
    return [
        "features:",
        *(f"  {kind}: [{', '.join(map(_scalar, names))}]" for kind, names in lists.items() if names),
    ]


# What YAML 1.1 reads as something else than text.
_NO_TEXT = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")


def _scalar(text: str) -> str:
    """The text as YAML has it: bare when it can be nothing else, in quotation marks otherwise."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) and not _NO_TEXT.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _counted(features: list[Surveyed]) -> str:
    kinds = Counter(column.kind for column in features)
    gaps = sum(column.optional for column in features)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items()) + (
        f"; {gaps} with gaps" if gaps else ""
    )


def _left_out(columns: Sequence[Surveyed], nameless: int, target: str) -> list[str]:
    return [
        *(
            f"left out: {column.name!r}, {column.unfit}{_HOW_TO_TAKE_IN if column.numbering else ''}"
            for column in columns
            if column.unfit and column.name != target
        ),
        *([f"left out: {nameless} without a name in the header"] if nameless else []),
    ]


_HOW_TO_MEND = (
    "to take in columns whose cells are mended in data/, write them into features by type, "
    "and into optional where gaps are"
)
_HOW_TO_TAKE_IN = "; if it tells something, write it into number: of features"
