"""The list of verbs and the one mapper from errors to exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rushi.cli import bench, checking, database, doctor, messages, people, policy, serving, settings, testing
from rushi.cli.errors import CommandFailed
from rushi.db.launcher import LauncherError
from rushi.kernel.environment import Misconfigured
from rushi.kernel.errors import RushiError

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
GROUPS: tuple[Callable[[Verbs], None], ...] = (
    serving.register,
    testing.register,
    checking.register,
    bench.register,
    database.register,
    doctor.register,
    messages.register,
    policy.register,
    people.register,
    settings.register,
)


def parser() -> argparse.ArgumentParser:
    """The whole command line; `./rushi help` prints it."""
    top = argparse.ArgumentParser(
        prog="./rushi", description="如实 Rushi: people are paid for their time, never for their verdict."
    )
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for register in GROUPS:
        register(verbs)
    return top


def main(arguments: Sequence[str]) -> int:
    """Run one verb; a RushiError becomes one line on stderr and its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
    ours, theirs = _split(list(arguments))
    asked = parser().parse_args(ours)
    if theirs:
        asked.arguments = theirs
    try:
        return int(asked.run(asked) or 0)
    except RushiError as error:
        print(f"rushi: {error.code}: {_sentence(error)}", file=sys.stderr)
        return 2 if error.status == 422 else 1
    except (CommandFailed, LauncherError, Misconfigured) as error:
        print(f"rushi: {error}".replace("rushi: rushi: ", "rushi: "), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader went away (| head): nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and those meant for pytest or psql: argparse would take their options for ours."""
    for handed_on in (["test"], ["db", "psql"]):
        rest = arguments[len(handed_on) :]
        if arguments[: len(handed_on)] == handed_on and rest not in (["-h"], ["--help"]):
            return handed_on, rest
    return arguments, []


def _sentence(error: RushiError) -> str:
    try:
        return error.message % error.params
    except (KeyError, TypeError, ValueError):
        return error.message
