"""Reads that turn evidence into figures."""

from __future__ import annotations

from dataclasses import dataclass

from rushi.db import sql


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """The public figures of the whole market; medians are over the newest 1,000 decided tasks."""

    paid_fen: int
    accepted_count: int
    live_count: int
    accepted_bps: int | None
    decision_seconds_median: int | None
    hourly_fen_median: int | None


def market_totals() -> MarketTotals:
    """What the front page shows, live: paid to participants, tasks accepted, approval share, median times."""
    return MarketTotals(**sql.rows("measurement", "market_totals")[0])
