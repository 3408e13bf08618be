"""What an execution of a training does, in words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

_EXISTING = "waiting for the job of this data and code that is there already"
_NO_INSTANCES = "waiting for instances"

IN_WORDS = {
    "MoreMayCome": "waiting for more new files",
    "Source": "looking at the stored data",
    "Prepare": "preparing the data",
    "UntilPrepareGetsInstances": _NO_INSTANCES,
    "Train": "training",
    "ExistingJob": _EXISTING,
    "UntilItEnds": _EXISTING,
    "UntilTrainGetsInstances": _NO_INSTANCES,
    "ChampionAnswers": "asking the live model for the held-out rows",
    "UntilChampionAnswersGetsInstances": _NO_INSTANCES,
    "MeasureChampion": "measuring the live model's answers",
    "UntilMeasureChampionGetsInstances": _NO_INSTANCES,
    "Register": "judging the model and registering it",
}
"""The states of constructs/sagemaker_lifecycle/training_*states.py that take time."""


def steps(states: Iterable[str]) -> list[str]:
    """What the states do, those that take time; one that is entered again and again is told once."""
    return [words for words, _ in groupby(IN_WORDS[state] for state in states if state in IN_WORDS)]
