"""What the desk shows and does that no command does: sessions, and what is open now."""
