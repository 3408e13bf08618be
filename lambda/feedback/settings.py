"""The function's environment, read once."""

from dataclasses import dataclass
from pathlib import Path

from handler_common import settings

# A request of as many outcomes as one transaction takes has about a twentieth of it.
MAX_BODY_BYTES = 262_144


@dataclass(frozen=True)
class Settings:
    """Where the models' kinds of outcomes lie, and the table of trials."""

    outcomes_file: Path
    table: str

    @classmethod
    def read(cls) -> "Settings":
        """From OUTCOMES_FILE (below the asset's root) and TRIALS_TABLE; raises MissingSetting."""
        root = Path(__file__).resolve().parent.parent
        return cls(root / settings.text("OUTCOMES_FILE"), settings.text("TRIALS_TABLE"))
