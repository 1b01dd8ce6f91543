"""Setting up and keeping an installation: init, migrate, validate, reload, backup, prune, preview, demo."""
