"""Looking without writing: lists, as-of views, simulation, what-if, timeline, coverage."""
