"""How fast the monitor is, beside small honest programs that do the same: `python -m benchmarks`."""
