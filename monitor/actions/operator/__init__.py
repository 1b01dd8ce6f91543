"""What concerns the operator: notices, guards against a restored backup or a wrong clock, undelivered people."""
