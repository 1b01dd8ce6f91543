"""Changing the register: one change of a person, or many from a file."""
