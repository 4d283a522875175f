"""Finds what was lost: uploads without a notification, facts without an answer, objects without an asset."""
