"""The tables of a language: their rows, what a row may say, and what is wrong with one."""
