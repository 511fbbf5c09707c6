"""Paying people out: requests, bank files, results, tax."""
