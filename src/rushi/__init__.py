"""Rushi 如实: honest audience response, paid by time, checkable by a stranger."""
