"""What is measured, each in a process that begins as the program does; every job prints one line of JSON at its end."""

from monitor.__main__ import collect_seldom

collect_seldom()
