"""Mail: letters from templates, and transports that send the finished messages."""
