"""Names the version of a model's training data."""
