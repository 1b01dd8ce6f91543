"""Delivery of queued messages: claims under a lease, connections, results, refusals."""
