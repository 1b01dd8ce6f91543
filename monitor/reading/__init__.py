"""Reads a letter: text to dates with their roles, references and amounts. Languages are tables in rules/reading/."""
