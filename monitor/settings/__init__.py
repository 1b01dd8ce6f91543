"""Read the files that a person keeps: configuration, rules and calendars. The only package that imports pydantic."""
