"""The operator's door: Django admin for what has no desk of its own."""
