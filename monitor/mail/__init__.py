"""The post: letters from templates, and the ways a message leaves the house."""
