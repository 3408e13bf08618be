"""A function without a variable that it needs does not even start."""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]


@pytest.mark.parametrize(
    ("package", "variable"),
    [
        ("ledger_widget", "MODELS"),
        ("ledger_widget", "PARAMETER_PREFIX"),
        ("ledger_widget", "STACK_PREFIX"),
        ("predict", "MODELS_FILE"),
        ("predict", "STACK_PREFIX"),
        ("release_check", "PARAMETER_PREFIX"),
        ("rotate", "ENVIRONMENT"),
        ("rotate", "MODELS"),
        ("rotate", "STACK_PREFIX"),
        ("rotate", "GROUP_PREFIX"),
        ("rotate", "PARAMETER_PREFIX"),
        ("rotate", "RELEASE_ROLE_ARN"),
    ],
)
def test_a_missing_variable_fails_the_import_by_name(
    load: Load, monkeypatch: pytest.MonkeyPatch, package: str, variable: str
) -> None:
    load(f"{package}.handler")  # its AWS clients are made now, with an environment
    names = [
        "ENVIRONMENT",
        "MODELS",
        "STACK_PREFIX",
        "GROUP_PREFIX",
        "PARAMETER_PREFIX",
        "RELEASE_ROLE_ARN",
        "MODELS_FILE",
    ]
    for name in names:
        monkeypatch.setenv(name, "set")
    monkeypatch.delenv(variable)
    monkeypatch.delitem(sys.modules, f"{package}.handler")
    with pytest.raises(load("handler_common.settings").MissingSetting, match=f" {variable} is not set"):
        importlib.import_module(f"{package}.handler")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_is_named(load: Load, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", value)
    settings = load("handler_common.settings")
    with pytest.raises(settings.MissingSetting, match="MAX_BODY_BYTES"):
        settings.number("MAX_BODY_BYTES", 1)


def test_an_unset_number_has_its_default(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAX_BODY_BYTES", raising=False)
    assert load("handler_common.settings").number("MAX_BODY_BYTES", 7) == 7


def test_an_empty_list_is_missing(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS", " , ")
    settings = load("handler_common.settings")
    with pytest.raises(settings.MissingSetting, match="MODELS"):
        settings.names("MODELS")
