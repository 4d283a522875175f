"""Catalog: the log, folded into tables that answer queries."""
