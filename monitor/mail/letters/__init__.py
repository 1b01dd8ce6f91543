"""Letters from templates: files, sentences, sandbox, budget, rendering."""
