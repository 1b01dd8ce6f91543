"""The judgement: dates, calendars, rules and planning. No input, no output, no clock."""
