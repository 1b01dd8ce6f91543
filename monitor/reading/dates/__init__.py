"""Words to values: ISO 8601-2 dates, durations, recurrences, counted from the letter where they have to be."""
