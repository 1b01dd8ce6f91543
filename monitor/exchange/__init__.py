"""Files that people exchange: registers and lists of actions."""
