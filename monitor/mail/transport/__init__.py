"""Sending of finished messages: SMTP or Maildir."""
