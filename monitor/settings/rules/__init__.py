"""Rule and calendar files: shape, reading, checks."""
