"""Sending what waits: claims under a lease, connections, results, refusals."""
