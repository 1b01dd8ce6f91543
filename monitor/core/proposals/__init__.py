"""What a letter says against what the register holds: which entry it is about, and what would change."""
