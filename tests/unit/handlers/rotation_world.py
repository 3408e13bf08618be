"""AWS as the rotate function sees it, in memory, with a crash after any of its changing calls."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from botocore.exceptions import ClientError

GROUP = "lifecycle-dev-house-prices"
PARKED = "/lifecycle/dev/house-prices/parked"
RELEASES = "/lifecycle/dev/house-prices/releases"


def arn(version: int) -> str:
    """A package's ARN."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/{version}"


def _number(package: str) -> int:
    return int(package.rpartition("/")[2])


def client_error(code: str, message: str, operation: str = "UpdateStack") -> ClientError:
    """An error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Crash(BaseException):
    """The function's process ended."""


@dataclass
class World:
    """Stands for `rotate.aws`. `settle()` ends a running update as CloudFormation and ReleaseCheck would."""

    module: ModuleType
    champion: str = ""
    challenger: str = ""
    traffic: str = "0"
    mode: str = "canary"
    status: str = "CREATE_COMPLETE"
    endpoint: str | None = "InService"
    in_alarm: tuple[str, ...] = ()
    packages: dict[str, Any] = field(default_factory=dict[str, Any])
    ledger: list[str] = field(default_factory=list[str])
    parked: str | None = None
    update_error: ClientError | None = None
    crash_after: int | None = None
    calls: list[str] = field(default_factory=list[str])
    updates: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    next_champion: str | None = None
    guardrails: str = "on"
    exists: bool = True
    config: str = "config-1"
    stack_resources: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])
    failures: dict[str, Any] = field(default_factory=dict[str, Any])
    undone: set[str] = field(default_factory=set[str])
    now: datetime = datetime(2026, 1, 3, tzinfo=UTC)
    skipped: list[list[str]] = field(default_factory=list[list[str]])
    wanted_instance_type: str = ""
    instances: dict[str, str] = field(default_factory=dict[str, str])
    unchanged_hours: float = 1000.0
    invocations: int = 0
    created: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    written: datetime = datetime(2026, 1, 2, tzinfo=UTC)

    def autoscale(self, instance_type: str, wanted: str, autoscaling: str = "on", refused: str = "") -> None:
        """The model is autoscaled: its endpoint's type now, and the one in model.yaml."""
        self.wanted_instance_type = wanted
        self.instances = {
            "InstanceType": instance_type,
            "Autoscaling": autoscaling,
            "RefusedInstanceType": refused,
        }

    def add(
        self, version: int, approval: str = "Approved", status: str = "Completed", group: str = GROUP
    ) -> str:
        """Puts a package into the registry."""
        self.packages[arn(version)] = self.module.Package(
            arn(version), group, approval, status, self.passes()
        )
        return arn(version)

    def passes(self) -> datetime:
        """A minute goes by; the time after it."""
        self.now += timedelta(minutes=1)
        return self.now

    def fail(self, token: str, reason: str) -> None:
        """The update with this token fails."""
        self.failures[token] = (reason, self.passes())

    def deploy_anew(self) -> None:
        """The stack is destroyed and deployed again; the registry and the parameters stay."""
        self.champion = self.challenger = ""
        self.status, self.endpoint = "CREATE_COMPLETE", None
        self.created = self.written + timedelta(hours=1)

    def settle(self) -> None:
        """The running update succeeds."""
        if self.next_champion is not None:
            self.champion, self.next_champion = self.next_champion, None
            self.challenger = self.updates[-1]["changed"].get("ChallengerPackage", self.challenger)
            self.traffic = self.updates[-1]["changed"].get("ChallengerTraffic", self.traffic)
            self.mode = self.updates[-1]["changed"].get("ChallengerMode", self.mode)
            changed = self.updates[-1]["changed"]
            self.instances |= {name: changed[name] for name in self.instances if name in changed}
            self.status = "UPDATE_COMPLETE"
            if self.champion and self.ledger[-1:] != [self.champion]:
                self.ledger.append(self.champion)

    def roll_back(self) -> None:
        """The running update fails, and CloudFormation brings back what was."""
        self.next_champion, self.status = None, "UPDATE_ROLLBACK_COMPLETE"
        self.undone.add(self.updates[-1]["token"])

    def _changed(self, call: str) -> None:
        self.calls.append(call)
        if self.crash_after == len(self.calls):
            raise Crash

    def stack(self, name: str) -> Any:
        if not self.exists:
            return None
        known = {
            "ChampionPackage": self.champion,
            "ChallengerPackage": self.challenger,
            "ChallengerTraffic": self.traffic,
            "ChallengerMode": self.mode,
            "Guardrails": self.guardrails,
            **self.instances,
        }
        outputs = {"EndpointName": "dev-house-prices", "RollbackAlarms": "errors,latency"}
        if self.wanted_instance_type:
            outputs["WantedInstanceType"] = self.wanted_instance_type
        return self.module.Stack(self.status, known, outputs, self.created)

    def update_stack(self, name: str, role: str, known: Any, changed: Any, token: str) -> None:
        if self.update_error is not None:
            raise self.update_error
        self.updates.append(
            {"name": name, "role": role, "known": dict(known), "changed": dict(changed), "token": token}
        )
        self.status = "UPDATE_IN_PROGRESS"
        self.next_champion = changed.get("ChampionPackage", self.champion)
        self.guardrails = changed.get("Guardrails", self.guardrails)
        self._changed("update")

    def endpoint_status(self, name: str) -> str | None:
        return self.endpoint

    def usage(self, name: str, hours: int) -> Any:
        assert name == "dev-house-prices"
        return self.module.Usage(self.unchanged_hours, self.invocations) if self.endpoint else None

    def alarming(self, names: list[str]) -> tuple[str, ...]:
        assert names == ["errors", "latency"]
        return self.in_alarm

    def newest_approved(self, group: str) -> Any:
        return self._newest(
            item
            for item in self.packages.values()
            if item.approval == "Approved" and item.group == group and not item.on_trial
        )

    def newest_triable(self, group: str, champion: str) -> Any:
        return self._newest(
            item
            for item in self.packages.values()
            if item.approval != "Rejected" and item.group == group and _number(item.arn) > _number(champion)
        )

    @staticmethod
    def _newest(items: Iterable[Any]) -> Any:
        return max(items, key=lambda item: _number(item.arn), default=None)

    def resources(self, stack: str) -> Any:
        return tuple(self.module.Resource(*one) for one in self.stack_resources)

    def endpoint_config(self, name: str) -> tuple[str, str] | None:
        return (self.endpoint, self.config) if self.endpoint else None

    def failure(self, stack: str, token: str) -> Any:
        tokens = [update["token"] for update in self.updates]
        later = tokens[tokens.index(token) + 1 :] if token in tokens else tokens
        later = tuple(one for one in reversed(later) if one not in self.undone)
        return self.module.Failure(*self.failures[token], later) if token in self.failures else None

    def last_update(self, stack: str) -> str:
        """Of those that failed when none was begun since."""
        return self.updates[-1]["token"] if self.updates else next(reversed(self.failures), "")

    def continue_rollback(self, name: str, role: str, skipped: Any, token: str) -> None:
        self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        self.skipped.append(list(skipped))
        self._changed("continue")

    def package(self, name: str) -> Any:
        return self.packages.get(name)

    def judge(self, verdict: Any) -> None:
        assert verdict.description
        self.packages[verdict.package] = replace(
            self.packages[verdict.package],
            approval=verdict.approval,
            description=verdict.description,
            changed=self.passes(),
        )
        self._changed("reject" if verdict.approval == "Rejected" else "approve")

    def parameter(self, name: str, of: datetime | None = None) -> str | None:
        if of and self.written < of:
            return None
        ledger = json.dumps([{"package": item} for item in self.ledger]) if self.ledger else None
        return {PARKED: self.parked, RELEASES: ledger}[name]

    def write_parameter(self, name: str, text: str) -> None:
        assert name == PARKED
        self.parked = text
        self._changed("write")
