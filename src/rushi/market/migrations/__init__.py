"""Migrations of the market room."""
