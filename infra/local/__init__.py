"""The embedded stack: the three servers from their wheels, and the services, kept by one process."""
