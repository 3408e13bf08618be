"""What every function of the project shares: settings, log lines, names and AWS's error texts."""
