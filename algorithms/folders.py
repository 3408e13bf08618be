"""Where the container's contract puts things. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where the container's contract puts things; the defaults are those of SageMaker.

    champion: None when there is no such channel. checkpoints: there only when the job keeps any.
    """

    configuration: Path
    channel: Path
    champion: Path | None
    model: Path
    output: Path
    checkpoints: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Folders":
        """The folders that the SM_* variables name; checkpoints, which has none, lies beside the model."""
        model = Path(environment.get("SM_MODEL_DIR", "/opt/ml/model"))
        champion = environment.get("SM_CHANNEL_CHAMPION")
        return cls(
            configuration=Path(environment.get("SM_INPUT_CONFIG_DIR", "/opt/ml/input/config")),
            channel=Path(environment.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train")),
            champion=Path(champion) if champion else None,
            model=model,
            output=Path(environment.get("SM_OUTPUT_DIR", "/opt/ml/output")),
            checkpoints=model.parent / "checkpoints",
        )

    @property
    def hyperparameters(self) -> Path:
        """The file that has them, as JSON: texts by name."""
        return self.configuration / "hyperparameters.json"
