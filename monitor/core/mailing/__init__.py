"""From what is owed to what each person reads: digests, overviews, moved due days, and the brake."""
