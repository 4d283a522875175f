"""Fetches originals from URLs that users name."""
