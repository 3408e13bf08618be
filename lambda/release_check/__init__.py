"""Checks that an endpoint serves what its stack intended."""
