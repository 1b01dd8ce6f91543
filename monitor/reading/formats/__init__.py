"""Files to the text that a letter is read from, with its blocks and its pages."""
