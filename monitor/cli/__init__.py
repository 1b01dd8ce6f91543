"""What a person types: each command parses, calls one action and prints."""
