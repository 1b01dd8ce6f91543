"""The operator: alerts and notices, guards against a restored backup or a wrong clock, undelivered people."""
