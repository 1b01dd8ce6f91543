"""The database: everything that speaks SQL. Queries are named functions that take an open connection."""
