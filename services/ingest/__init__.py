"""Turns bucket notifications into assets."""
