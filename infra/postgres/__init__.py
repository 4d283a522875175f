"""PostgreSQL: the schema of the read model."""
