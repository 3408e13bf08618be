"""What became of predictions: counted for the trial that runs, each outcome once."""
