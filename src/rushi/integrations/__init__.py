"""Clients of outside services and the sandboxes that speak their protocols."""
