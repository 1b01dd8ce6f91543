"""The public record: its sources are asked, and what they say that concerns the register waits in the inbox."""
