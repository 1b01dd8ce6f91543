"""Use cases: one for each request of a person or of the clock."""
