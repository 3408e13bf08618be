"""The environments that the app can be deployed as: typed data, in this one place."""

import re
from dataclasses import dataclass

DEFAULT_ENVIRONMENT = "dev"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What differs between environments.

    name: a lower-case letter, then lower-case letters and digits, at most 10 in all; part of every name. No
        hyphen: names end an environment's name with one, and roles may touch what begins so.
    termination_protection: whether CloudFormation refuses to delete the stacks.
    log_retention_days: how long log groups keep events; one of the values that CloudWatch Logs allows.
    api_rate_limit, api_burst_limit: throttle of the prediction API, requests a second and at once.
    alarm_email: who is told of alarms; None: the topic has no subscriber yet.

    Raises ValueError for another name.
    """

    name: str
    termination_protection: bool
    log_retention_days: int
    api_rate_limit: int
    api_burst_limit: int
    alarm_email: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]{0,9}", self.name):
            raise ValueError(
                f"environment: {self.name!r} is no name of one; allowed: a lower-case letter, then "
                "lower-case letters and digits, at most 10 in all"
            )


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            name="dev",
            termination_protection=False,
            log_retention_days=30,
            api_rate_limit=50,
            api_burst_limit=100,
        ),
        Environment(
            name="prod",
            termination_protection=True,
            log_retention_days=365,
            api_rate_limit=500,
            api_burst_limit=1000,
        ),
    )
}


def environment_named(name: str) -> Environment:
    """The environment of that name.

    Raises ValueError, naming those that exist, when there is none.
    """
    if name not in ENVIRONMENTS:
        raise ValueError(f"environment: {name!r} does not exist; allowed: {', '.join(ENVIRONMENTS)}")
    return ENVIRONMENTS[name]
