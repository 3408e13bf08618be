"""XGBoost's own library without its interface for scikit-learn, whose import is most of a short job's time.

Where scikit-learn cannot be imported the library leaves it out by itself (xgboost/compat.py).
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

_modules: dict[str, Any] = sys.modules
"""None in it makes an import fail: "The module cache" in the language reference."""


@contextmanager
def _without(package: str) -> Generator[None]:
    """Inside, the package cannot be imported, unless it was before."""
    if package in _modules:
        yield
        return
    _modules[package] = None
    try:
        yield
    finally:
        del _modules[package]


with _without("sklearn"):
    import xgboost as xgb
    from xgboost.callback import EarlyStopping, TrainingCallback
    from xgboost.tracker import RabitTracker

__all__ = ["EarlyStopping", "RabitTracker", "TrainingCallback", "xgb"]
