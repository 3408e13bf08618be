"""The inputs of a model: a list of features, or in short the columns of each type."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from sagemaker_lifecycle.spec.problems import Finding, KeyPath, near_miss, raise_findings
from sagemaker_lifecycle.spec.section import COLUMN_PATTERN, Section

FeatureType = Literal["number", "category", "boolean", "date", "text"]
# In this order the short form's columns become features.
SHORT_FORM_TYPES = ("number", "category", "boolean", "date")
SHORT_FORM_KEYS = (*SHORT_FORM_TYPES, "optional")
VALUES_LIMIT = 1000

Category = Annotated[str, Field(min_length=1, max_length=200, pattern=COLUMN_PATTERN)]


class Feature(Section):
    """One input of the model: a column of the training data and a field of every prediction request."""

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=COLUMN_PATTERN,
        description="column name in the CSV, no white space around it",
    )
    type: FeatureType = Field(default="number", description="type of the column")
    minimum: float | None = Field(
        default=None, description="number only: smallest value that a request may carry"
    )
    maximum: float | None = Field(
        default=None, description="number only: largest value that a request may carry"
    )
    values: Annotated[tuple[Category, ...], Strict(False)] | None = Field(
        default=None,
        min_length=1,
        max_length=VALUES_LIMIT,
        description="category only: all values that there are, as texts (quote numbers, yes and no)",
    )
    optional: bool = Field(default=False, description="whether a cell may be empty and a request null")

    @property
    def contract(self) -> dict[str, Any]:
        """What others are told of it, JSON-ready: name, type and whatever else was declared."""
        told = self.model_dump(mode="json", exclude_none=True)
        return told if self.optional else {key: told[key] for key in told if key != "optional"}

    @model_validator(mode="after")
    def _check_meaning(self) -> "Feature":
        findings = [
            Finding((key,), f"belongs to type {kind}, not to {self.type}; remove it")
            for key, kind in (("minimum", "number"), ("maximum", "number"), ("values", "category"))
            if getattr(self, key) is not None and self.type != kind
        ]
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            message = f"{self.maximum:.15g} is below the minimum {self.minimum:.15g}"
            findings.append(Finding(("maximum",), message))
        if self.values is not None and len(set(self.values)) < len(self.values):
            twice = next(value for value in self.values if self.values.count(value) > 1)
            findings.append(Finding(("values",), f"names {twice!r} twice"))
        raise_findings(findings)
        return self


def long_form(features: object) -> object:
    """The list that a mapping from types to columns means; anything else as it is, for pydantic to judge.

    Raises pydantic's error with findings when the mapping is none that has such a meaning.
    """
    if not isinstance(features, Mapping):
        return features
    lists = cast(Mapping[Any, Any], features)
    raise_findings(_short_form_findings(lists))
    optional = lists.get("optional", ())
    return [
        {"name": name, "type": kind, **({"optional": True} if name in optional else {})}
        for kind in SHORT_FORM_TYPES
        for name in lists.get(kind, ())
    ]


def with_long_form(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A model.yaml's content with the features in the long form, where they have one."""
    try:
        return {**content, "features": long_form(content.get("features"))}
    except PydanticCustomError:
        return content


def key_of_feature(path: KeyPath, features: object) -> KeyPath:
    """Where the key at `path` of the long form (`features[3].name`) stands in what was written."""
    if len(path) < 2 or path[0] != "features" or not isinstance(path[1], int):
        return path
    if not isinstance(features, Mapping):
        return path
    lists = cast(Mapping[str, Any], features)
    places = [(kind, index) for kind in SHORT_FORM_TYPES for index in range(len(lists.get(kind, ())))]
    return ("features", *places[path[1]])


def _short_form_findings(lists: Mapping[Any, Any]) -> list[Finding]:
    findings: list[Finding] = []
    allowed = f"allowed: {', '.join(SHORT_FORM_KEYS)}"
    for key, columns in lists.items():
        if key not in SHORT_FORM_KEYS:
            hint = near_miss(key, SHORT_FORM_KEYS)
            if key in get_args(FeatureType):
                findings.append(Finding((key,), f"is not supported yet; {allowed}"))
            else:
                findings.append(Finding((str(key),), f"unknown key; {allowed}{hint}"))
        elif not isinstance(columns, list | tuple) or not columns:
            findings.append(Finding((key,), f"{columns!r} is no list of columns; allowed: [column, ...]"))
        else:
            findings += [
                Finding((key, index), f"{column!r} is no text; allowed: a column's name")
                for index, column in enumerate(cast("list[object]", columns))
                if not isinstance(column, str)
            ]
    if findings:
        return findings
    declared = [name for kind in SHORT_FORM_TYPES for name in lists.get(kind, ())]
    if not declared:
        return [Finding((), f"names no column; {allowed}")]
    return [
        Finding(("optional", index), f"{name!r} is in none of the lists{near_miss(name, declared)}")
        for index, name in enumerate(lists.get("optional", ()))
        if name not in declared
    ]
