"""Who did what, and what an idempotency key answered the first time."""
