"""Sending of finished messages: SMTP, Maildir, or none."""
