"""`policy screen`: the publication gate over a file of briefs. Needs no database."""

from __future__ import annotations

import argparse


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy`."""
