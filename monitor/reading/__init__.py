"""Reads a letter: text to dates with their roles, references and amounts. What a language says is data in rules/reading/."""
