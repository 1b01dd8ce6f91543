"""A register and a change give the next register; what events close, and what a change moves."""
