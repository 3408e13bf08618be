"""Checking a local source's CSV files at load, so that a wrong column fails a synth, not a training job."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from algorithms.csv_table import Column, Table, csv_files, read_table
from algorithms.learnable import (
    classes_fault,
    count_fault,
    empty_fault,
    folds_fault,
    held_out,
    numbers_fault,
    rows_fault,
    values_fault,
)
from sagemaker_lifecycle.spec.algorithms import ALGORITHMS, ALL_TYPES, Algorithm
from sagemaker_lifecycle.spec.meaning import at, hyperparameters_of
from sagemaker_lifecycle.spec.model import DataContract, ModelSpec
from sagemaker_lifecycle.spec.problems import KeyPath, Problem
from sagemaker_lifecycle.spec.sections import Training
from sagemaker_lifecycle.spec.yaml_file import YamlFile

# Data rows read of each file: a synth stays fast, and train.py checks every row.
ROW_LIMIT = 1000

_ALLOWED = "a folder of *.csv, or a file, in the model's folder"


def local_data_files(models_dir: Path, spec: ModelSpec) -> tuple[Path, ...]:
    """The CSV files of a model with a local source, in the order of their names; () for another source."""
    if spec.source.type != "local":
        return ()
    return csv_files(models_dir / spec.name / spec.source.local_path)


def local_data_problems(folder: Path, source: YamlFile) -> list[Problem]:
    """What is wrong with the data that `folder`/model.yaml names: columns, and the cells of the first rows.

    Nothing when the source is not local, or when source, target or features are themselves wrong.
    """
    keys = DataContract.model_fields.keys() & source.content.keys()
    try:
        contract = DataContract.model_validate({key: source.content[key] for key in keys})
    except ValidationError:
        return []
    if contract.source.type != "local" or any(feature.type not in ALL_TYPES for feature in contract.features):
        return []
    try:
        return _data_problems(folder, contract, source)
    except (OSError, RuntimeError, ValueError) as error:
        # Permissions, a name that no file can have, links in a circle (RuntimeError), a null character.
        return [
            source.problem(("source", "path"), f"cannot be read: {str(error)[:200]}; allowed: {_ALLOWED}")
        ]


def _data_problems(folder: Path, contract: DataContract, source: YamlFile) -> list[Problem]:
    path = folder / contract.source.local_path
    if not path.resolve().is_relative_to(folder.resolve()):
        message = f"{contract.source.local_path!r} leads out of the model's folder; allowed: {_ALLOWED}"
        return [source.problem(("source", "path"), message)]
    files = csv_files(path)
    if not files:
        return [source.problem(("source", "path"), f"{path} has no CSV file; allowed: {_ALLOWED}")]
    target = Column(
        contract.target, "category" if source.content.get("task") == "classification" else "number"
    )
    columns = (*(Column.of(feature.contract) for feature in contract.features), target)
    tables = [read_table(file, columns, row_limit=ROW_LIMIT) for file in files]
    problems = [
        problem
        for file, table in zip(files, tables, strict=True)
        for problem in _table_problems(file, table, contract, source)
    ]
    # Of a part of the rows nothing can be said, and what a user's own code learns from is its affair.
    algorithm = _algorithm(source.content.get("algorithm"))
    if (
        problems
        or (algorithm is not None and algorithm.kind in ("script", "container"))
        or any(len(table.columns[-1]) >= ROW_LIMIT for table in tables)
    ):
        return problems
    targets = [value for table in tables for value in table.columns[-1]]
    if fault := rows_fault(len(targets)):
        return [source.problem(("source", "path"), f"{path} has {fault}")]
    faults = [
        (column, empty_fault(value for table in tables for value in table.columns[index]))
        for index, column in enumerate(columns)
        if column.optional
    ]
    faults.append((target, _target_fault(target, targets, algorithm, source)))
    return _metric_problems(len(targets), source) + [
        source.problem(_key_of(column.name, contract), f"column {column.name!r} {fault}")
        for column, fault in faults
        if fault
    ]


def _metric_problems(rows: int, source: YamlFile) -> list[Problem]:
    """r2 is the part of a spread that is explained, and one row has none."""
    held = held_out(rows, _validation_fraction(source.content), remain=2)
    if at(source.content, "gate", "metric") != "r2" or held > 1:
        return []
    message = f"r2 cannot be measured: of {rows} rows {held} is held out; allowed: rmse, mae, or more rows"
    return [source.problem(("gate", "metric"), message)]


def _algorithm(name: Any) -> Algorithm | None:
    return ALGORITHMS.get(name) if isinstance(name, str) else None


def _target_fault(
    target: Column, values: Sequence[Any], algorithm: Algorithm | None, source: YamlFile
) -> str | None:
    """Why training would refuse the targets of all rows; None when it would not."""
    if target.type == "number":
        return values_fault(min(values), max(values))
    counts = Counter(sorted(values))
    fault = classes_fault(counts)
    if fault or algorithm is None:
        return fault
    if algorithm is ALGORITHMS["svm"]:
        return folds_fault(counts, _validation_fraction(source.content))
    if algorithm.kind == "built-in":
        told = hyperparameters_of(source.content).get(str(algorithm.classes_key), 2)
        wrong_count = count_fault(len(counts), told) if isinstance(told, int) else None
        return numbers_fault(list(counts)) or wrong_count
    return None


def _validation_fraction(raw: Mapping[str, Any]) -> float:
    given = at(raw, "training", "validation_fraction")
    good = isinstance(given, float) and 0 < given < 1
    return given if good else Training.model_fields["validation_fraction"].default


def _table_problems(file: Path, table: Table, contract: DataContract, source: YamlFile) -> list[Problem]:
    problems: list[Problem] = []
    for fault in table.faults:
        if fault.line == 1 and fault.column:
            # A column that the header lacks is a fault of the key that names it.
            message = f"column {fault.column!r} {fault.message} ({file})"
            problems.append(source.problem(_key_of(fault.column, contract), message))
        else:
            column = f"column {fault.column!r}" if fault.column else ""
            problems.append(Problem(str(file), fault.line, column, fault.message))
    return problems


def _key_of(column: str, contract: DataContract) -> KeyPath:
    if column == contract.target:
        return ("target",)
    return ("features", contract.feature_names.index(column), "name")
