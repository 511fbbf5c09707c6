"""What the report's charts are drawn from: plain numbers and translated words for `report.js`. No decisions here."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from rushi.measurement.reports import Report


def charts(report: Report) -> dict[str, Any]:
    """The retention curves in percent with their intervals, and the words around them."""
    curves = report.opinions.retention if report.opinions else ()
    return {
        "words": {
            "second": gettext("秒"),
            "watching": gettext("还在看"),
            "interval": gettext("95% 区间"),
        },
        "curves": [
            {
                "name": curve_name(curve.cut, len(curves)),
                "points": [
                    [
                        point.second,
                        _percent(point.watching.estimate),
                        _percent(point.watching.low),
                        _percent(point.watching.high),
                    ]
                    for point in curve.points
                ],
            }
            for curve in curves
        ],
    }


def curve_name(cut: str, curves: int) -> str:
    """What a curve is called: the cut's name only where there are two."""
    if curves < 2:
        return gettext("还在看的人")
    return gettext("A 版") if cut == "a" else gettext("B 版")


def _percent(part: float) -> float:
    return round(100 * part, 1)
