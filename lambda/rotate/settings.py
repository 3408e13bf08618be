"""The function's environment, read once."""

from dataclasses import dataclass

from handler_common import names, settings


@dataclass(frozen=True)
class Settings:
    """The environment's models, and what the names of their stacks, groups and parameters begin with."""

    environment: str
    models: tuple[str, ...]
    stack_prefix: str
    group_prefix: str
    parameter_prefix: str
    release_role: str

    @classmethod
    def read(cls) -> "Settings":
        """From ENVIRONMENT, MODELS, STACK_PREFIX, GROUP_PREFIX, PARAMETER_PREFIX, RELEASE_ROLE_ARN."""
        return cls(
            environment=settings.text("ENVIRONMENT"),
            models=settings.names("MODELS"),
            stack_prefix=settings.text("STACK_PREFIX"),
            group_prefix=settings.text("GROUP_PREFIX"),
            parameter_prefix=settings.text("PARAMETER_PREFIX"),
            release_role=settings.text("RELEASE_ROLE_ARN"),
        )

    def stack(self, model: str) -> str:
        """Name of the model's endpoint stack."""
        return f"{self.stack_prefix}{model}"

    def group(self, model: str) -> str:
        """Name of the model's package group."""
        return names.package_group(self.group_prefix, model)

    def parked(self, model: str) -> str:
        """Name of the SSM parameter with what was live when the model was parked."""
        return names.parked_parameter(self.parameter_prefix, model)

    def releases(self, model: str) -> str:
        """Name of the SSM parameter with the ledger of releases."""
        return names.releases_parameter(self.parameter_prefix, model)
