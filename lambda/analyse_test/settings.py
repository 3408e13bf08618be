"""The function's environment, read once."""

from dataclasses import dataclass
from pathlib import Path

from handler_common import settings


@dataclass(frozen=True)
class Settings:
    """Where the models' experiments lie, the table of trials, and what endpoint stacks' names begin with.

    rotate_function: the name of the function that promotes, discards and shares out.
    """

    environment: str
    experiments_file: Path
    table: str
    stack_prefix: str
    rotate_function: str

    @classmethod
    def read(cls) -> "Settings":
        """From the variables in the handler's description; raises MissingSetting."""
        root = Path(__file__).resolve().parent.parent
        return cls(
            settings.text("ENVIRONMENT"),
            root / settings.text("EXPERIMENTS_FILE"),
            settings.text("TRIALS_TABLE"),
            settings.text("STACK_PREFIX"),
            settings.text("ROTATE_FUNCTION"),
        )
