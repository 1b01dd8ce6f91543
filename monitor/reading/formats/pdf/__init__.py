"""PDF to text: words with size and place, the lines and columns of a page, and the paragraphs of a document."""
