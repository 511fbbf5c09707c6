"""`help`: the verbs, and the table of settings."""

from __future__ import annotations

import argparse

from rushi.kernel.environment import VARIABLES


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `help`."""
    verb = verbs.add_parser("help", help="list the verbs; `help settings` lists the environment variables")
    verb.add_argument("topic", nargs="?", choices=["settings"])
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> None:
    """Print the list of verbs, or the settings as a Markdown table."""
    if asked.topic == "settings":
        print(settings_table())
        return
    from rushi.cli.verbs import parser

    parser().print_help()


def settings_table() -> str:
    """The environment variables as a Markdown table; docs/operations.md holds the same text."""
    rows = [f"| `{v.name}` | {f'`{v.default}`' if v.default else '(empty)'} | {v.meaning} |" for v in VARIABLES]
    return "\n".join(["| variable | default | sets |", "|---|---|---|", *rows])
