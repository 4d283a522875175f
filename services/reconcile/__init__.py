"""Finds uploads that no notification told of."""
