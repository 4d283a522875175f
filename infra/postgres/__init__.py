"""PostgreSQL: the schema, as migrations."""
