"""Keys of a model package's metadata that more than one function knows; register_model writes them."""

JOB = "training_job"
TUNING_JOB = "tuning_job"
# Hash of what the model answers.
COLUMNS = "columns"
