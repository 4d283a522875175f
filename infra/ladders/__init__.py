"""Ladders as data: which sizes and bitrates a source gets."""
