"""Door to the files a person keeps: configuration, rules and calendars. pydantic lives here and nowhere else."""
