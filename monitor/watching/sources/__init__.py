"""The types of source: a module each, whose function `source` gives one. Another source is one more file here."""
