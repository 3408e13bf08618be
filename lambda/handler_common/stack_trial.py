"""What an endpoint stack's parameters say of a trial: they alone say what is on trial. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VARIANTS = ("champion", "challenger")
# How the approval of a package that may only be tried begins: it is no release until it is promoted.
ON_TRIAL = "on trial"


@dataclass(frozen=True)
class StackTrial:
    """Two ARNs (champion "" while the model is parked), and the challenger's percent of the requests."""

    champion: str
    challenger: str
    traffic: int


def values(parameters: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The parameters of DescribeStacks by their names."""
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}


def read(given: Mapping[str, str]) -> StackTrial | None:
    """The trial of a challenger that answers; None without one, and for a shadow, which answers nobody."""
    challenger = given.get("ChallengerPackage", "")
    if not challenger or given.get("ChallengerMode") == "shadow":
        return None
    return StackTrial(given.get("ChampionPackage", ""), challenger, int(given.get("ChallengerTraffic") or 0))
