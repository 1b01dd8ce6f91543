"""The public record: sources that are asked what is new, each one file in `sources/`; no source knows the register."""
