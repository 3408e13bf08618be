"""An embedded AWS for one laptop: moto behind a front door that makes the missing parts real."""
