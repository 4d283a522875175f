"""Tells apps what happened, by webhook, and raises alerts."""
