"""The way out for finished messages: SMTP, Maildir, or nowhere."""
