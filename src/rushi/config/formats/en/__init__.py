"""Formats: ¥12,345.60 and 2026-11-24 15:30 in both languages."""
