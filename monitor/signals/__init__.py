"""How the service tells the machine that it works: systemd, a heartbeat, figures for a monitoring system.

It passes on what it is given; what is trouble is decided in the core.
"""
