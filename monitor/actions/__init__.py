"""The verbs: each walks through the house once for one wish of a person or of the clock."""
