"""The register written to files, and files that are left in the drop folder."""
