"""What all sections of a model.yaml have in common."""

from pydantic import BaseModel, ConfigDict

# A column's name: no control characters, no white space around it.
COLUMN_PATTERN = r"^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$"


class Section(BaseModel):
    """A mapping of a model.yaml: unknown keys and values of another type are refused; frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
