"""Hands work out: from where it waits to where workers take it, so that every tenant has its turn."""
