"""What the emulator knows of functions: their declared properties, versions, permissions and settings."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from emulator import aws
from emulator.errors import AwsError

LATEST = "$LATEST"


def now() -> str:
    """The moment, in Lambda's own notation (2026-11-24T10:00:00.000+0000)."""
    moment = datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


@dataclass(frozen=True)
class Code:
    """One deployment package, unzipped once. ``sha256`` is base64, as Lambda shows it."""

    sha256: str
    size: int
    root: Path
    location: str


@dataclass
class Version:
    """A function as configured at one moment; ``$LATEST`` is the one that changes.

    ``configuration`` holds the described members (Runtime, Timeout, Environment ...) by Lambda's names.
    """

    arn: str
    number: str
    configuration: dict[str, Any]
    code: Code
    revision: str = field(default_factory=lambda: str(uuid4()))
    modified: str = field(default_factory=now)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.arn.split(":")[6]

    @property
    def region(self) -> str:
        """The function's region."""
        return self.arn.split(":")[3]

    @property
    def role(self) -> str:
        """ARN of the execution role."""
        return self.configuration["Role"]

    @property
    def timeout(self) -> int:
        """Seconds."""
        return self.configuration["Timeout"]

    @property
    def memory(self) -> int:
        """MB."""
        return self.configuration["MemorySize"]

    def described(self) -> dict[str, Any]:
        """FunctionConfiguration, as GetFunctionConfiguration answers it."""
        return {
            **self.configuration,
            "FunctionName": self.name,
            "FunctionArn": self.arn if self.number == LATEST else f"{self.arn}:{self.number}",
            "Version": self.number,
            "CodeSha256": self.code.sha256,
            "CodeSize": self.code.size,
            "LastModified": self.modified,
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }


@dataclass
class Function:
    """A function: its latest version, what was published, and what hangs on its name."""

    latest: Version
    tags: dict[str, str] = field(default_factory=dict[str, str])
    versions: list[Version] = field(default_factory=list[Version])
    aliases: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    statements: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    """Resource-based policy statements by qualifier (``$LATEST`` for the unqualified function)."""
    reserved_concurrency: int | None = None
    invoke_configs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    in_flight: int = 0

    @property
    def arn(self) -> str:
        """Unqualified ARN."""
        return self.latest.arn

    def version(self, qualifier: str | None) -> Version:
        """The version that a number, ``$LATEST`` or an alias names. Raises AwsError when there is none."""
        if qualifier in (None, "", LATEST):
            return self.latest
        if qualifier in self.aliases:
            return self.version(self.aliases[qualifier]["FunctionVersion"])
        for version in self.versions:
            if version.number == qualifier:
                return version
        raise not_found(f"{self.arn}:{qualifier}")


functions: dict[str, Function] = {}
"""By unqualified ARN."""
lock = threading.RLock()


def not_found(arn: str) -> AwsError:
    """Lambda's refusal of an unknown function."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404, Type="User")


def arn_and_qualifier(name: str, region: str) -> tuple[str, str | None]:
    """Read a function's name, partial ARN or ARN, each possibly qualified (name:7)."""
    parts = name.split(":")
    if parts[0] == "arn":
        return ":".join(parts[:7]), parts[7] if len(parts) > 7 else None
    if len(parts) >= 3 and parts[1] == "function":
        parts = parts[2:]
    arn = f"arn:{aws.PARTITION}:lambda:{region}:{aws.ACCOUNT}:function:{parts[0]}"
    return arn, parts[1] if len(parts) > 1 else None


def find(name: str, region: str) -> tuple[Function, str | None]:
    """The function and the qualifier in its name, if any. Raises AwsError ResourceNotFoundException."""
    arn, qualifier = arn_and_qualifier(name, region)
    function = functions.get(arn)
    if function is None:
        raise not_found(arn + (f":{qualifier}" if qualifier else ""))
    return function, qualifier
