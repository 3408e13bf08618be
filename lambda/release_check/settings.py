"""The function's environment, read once."""

from dataclasses import dataclass

from handler_common import settings


@dataclass(frozen=True)
class Settings:
    """What the names of the SSM parameters begin with: `/lifecycle/dev/`."""

    parameter_prefix: str

    @classmethod
    def read(cls) -> "Settings":
        """From PARAMETER_PREFIX; raises MissingSetting."""
        return cls(settings.text("PARAMETER_PREFIX"))
