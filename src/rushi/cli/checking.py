"""`check`, `fix`, `lock`: what must hold before anything lands. Needs no database."""

from __future__ import annotations

import argparse


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`, `fix` and `lock`."""
