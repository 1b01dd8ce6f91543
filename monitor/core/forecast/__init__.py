"""The plan over days to come: simulation, comparison of two plans, the timeline."""
