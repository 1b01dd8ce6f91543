"""What the rules do not reach: entries, ladders, people and calendars with a gap, before anything is due."""
