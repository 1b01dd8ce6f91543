"""A look at everything that an installation stands on. Reads only; each part says what it found and what to do."""
