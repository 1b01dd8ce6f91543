"""What is measured, each in a process of its own; every job ends with one line of JSON."""
