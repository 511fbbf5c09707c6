"""What templates need everywhere: money, times, the current path. Built in: no {% load %}."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.formats import number_format

from rushi.kernel.clock import SHANGHAI

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """`¥1,234.50` from integer fen; an em dash for None."""
    if fen is None:
        return "—"
    sign = "-" if fen < 0 else ""
    whole = number_format(abs(fen) // 100, use_l10n=True, force_grouping=True)
    return f"{sign}¥{whole}.{abs(fen) % 100:02d}"


@register.filter
def percent(bps: int | None) -> str:
    """`12.3%` from basis points; an em dash for None."""
    return "—" if bps is None else f"{bps / 100:.1f}%"


@register.filter
def shanghai(moment: dt.datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in Shanghai's time; an em dash for None."""
    return "—" if moment is None else moment.astimezone(SHANGHAI).strftime(form)
