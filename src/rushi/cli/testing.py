"""`test`: the whole suite, with coverage, leaving nothing running."""

from __future__ import annotations

import argparse


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `test`."""
