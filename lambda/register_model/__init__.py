"""Judges a trained model and puts it into the registry."""
