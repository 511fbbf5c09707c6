"""What can go wrong when answers are read."""

from __future__ import annotations

from rushi.kernel.errors import Conflict


class TooFewAnswers(Conflict):
    """Opinions leave the market in aggregates of at least ten people only."""

    code = "too_few_answers"
    message = "已通过 %(accepted)s 份，满 %(needed)s 份后才能导出。"
