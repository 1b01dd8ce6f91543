"""What is measured, each in a process of its own that begins as the program does; every job ends with one line of JSON."""

from monitor.__main__ import collect_seldom

collect_seldom()
