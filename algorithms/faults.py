"""What a training refuses."""


class TrainingFaultError(Exception):
    """Something in data or settings that a user can mend; the message says what."""
