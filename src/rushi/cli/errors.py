"""What the command line reports in one line."""

from __future__ import annotations


class CommandFailed(RuntimeError):
    """A verb could not do its work; the text is the one line a person reads."""
