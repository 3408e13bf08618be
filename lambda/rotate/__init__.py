"""Moves endpoints to the release that the registry wants."""
