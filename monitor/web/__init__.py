"""The desk: pages that ask one action each, on the same database as the service."""
