"""Reading a letter: from a file to dates with roles; nothing is registered."""
