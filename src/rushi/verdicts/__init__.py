"""Judging work on facts, settling it, appeals, delivery."""
