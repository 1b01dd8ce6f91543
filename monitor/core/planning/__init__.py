"""From a rule and an entry to obligations, due days, rungs and verdicts. The one planner."""
