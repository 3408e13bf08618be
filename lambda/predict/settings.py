"""The function's environment, read once."""

from dataclasses import dataclass
from pathlib import Path

from handler_common import settings

# The largest body taken, in bytes: a hundred instances of a hundred features need about a third of it.
DEFAULT_MAX_BODY_BYTES = 1_048_576


@dataclass(frozen=True)
class Settings:
    """Where the models' contract lies, what endpoint stacks' names begin with, the largest body in bytes."""

    models_file: Path
    stack_prefix: str
    max_body_bytes: int

    @classmethod
    def read(cls) -> "Settings":
        """From MODELS_FILE (below the asset's root), STACK_PREFIX, MAX_BODY_BYTES; raises MissingSetting."""
        root = Path(__file__).resolve().parent.parent
        return cls(
            root / settings.text("MODELS_FILE"),
            settings.text("STACK_PREFIX"),
            settings.number("MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES),
        )
