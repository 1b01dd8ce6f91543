"""TOML files in general: documents with the line of each key, layers of folders, faults."""
