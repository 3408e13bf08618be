"""The function's environment, read once."""

from dataclasses import dataclass

from handler_common import names, settings


@dataclass(frozen=True)
class Settings:
    """The environment's models, and what the names of their SSM parameters (`/lifecycle/dev/`) and of their
    endpoint stacks begin with."""

    models: tuple[str, ...]
    parameter_prefix: str
    stack_prefix: str

    @classmethod
    def read(cls) -> "Settings":
        """From MODELS, PARAMETER_PREFIX and STACK_PREFIX; raises MissingSetting."""
        return cls(
            models=settings.names("MODELS"),
            parameter_prefix=settings.text("PARAMETER_PREFIX"),
            stack_prefix=settings.text("STACK_PREFIX"),
        )

    def stack(self, model: str) -> str:
        """Name of the model's endpoint stack."""
        return f"{self.stack_prefix}{model}"

    def releases(self, model: str) -> str:
        """Name of the SSM parameter with the ledger of releases."""
        return names.releases_parameter(self.parameter_prefix, model)

    def parked(self, model: str) -> str:
        """Name of the SSM parameter with what was live when the model was parked."""
        return names.parked_parameter(self.parameter_prefix, model)
