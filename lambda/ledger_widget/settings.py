"""The function's environment, read once."""

from dataclasses import dataclass

from handler_common import names, settings


@dataclass(frozen=True)
class Settings:
    """The environment's models, and what the names of their SSM parameters begin with: `/lifecycle/dev/`."""

    models: tuple[str, ...]
    parameter_prefix: str

    @classmethod
    def read(cls) -> "Settings":
        """From MODELS and PARAMETER_PREFIX; raises MissingSetting."""
        return cls(models=settings.names("MODELS"), parameter_prefix=settings.text("PARAMETER_PREFIX"))

    def releases(self, model: str) -> str:
        """Name of the SSM parameter with the ledger of releases."""
        return names.releases_parameter(self.parameter_prefix, model)

    def parked(self, model: str) -> str:
        """Name of the SSM parameter with what was live when the model was parked."""
        return names.parked_parameter(self.parameter_prefix, model)
