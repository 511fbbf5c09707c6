"""The database: embedded PostgreSQL, SQL loader, retry, invariants."""
