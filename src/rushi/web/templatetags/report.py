"""Tags of the report: percentages, intervals as text and as bars, labels of answers and segments."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from rushi.identity.models import AgeBand, Gender
from rushi.identity.rules import REGIONS
from rushi.measurement import exports
from rushi.measurement.estimators import Interval
from rushi.verdicts.models import RejectionCode

register = template.Library()


@register.filter
def pct(part: float | None) -> str:
    """`61%` from .61; an em dash for None."""
    return "—" if part is None else f"{100 * part:.0f}%"


@register.filter
def span(interval: Interval) -> str:
    """`52–69%`: the ends of an interval of shares."""
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f}%"


@register.filter
def points(part: float) -> str:
    """`25`: a difference of shares in percentage points, unsigned."""
    return f"{abs(100 * part):.0f}"


@register.filter
def points_span(interval: Interval) -> str:
    """`−4 ～ +31`: the ends of a difference in percentage points."""
    return f"{100 * interval.low:+.0f} ～ {100 * interval.high:+.0f}".replace("-", "−")


@register.filter
def choice_label(choice: str) -> str:
    """A reaction or preference in words."""
    return exports.choice_label(choice)


@register.filter
def part_label(label: str) -> str:
    """The label of an answer: words of ours are translated, the advertiser's options stand as written."""
    return exports.choice_label(label) or label


@register.filter
def code_label(code: str) -> str:
    """Why work was rejected, in words."""
    return gettext(str(RejectionCode(code).label)) if code in RejectionCode.values else code


@register.filter
def segment_label(value: str, dimension: str) -> str:
    """A region, age band or gender in words; empty means not said."""
    if not value:
        return gettext("未填写")
    if dimension == "region":
        return gettext(REGIONS[value])
    return gettext(str(AgeBand(value).label if dimension == "age_band" else Gender(value).label))


@register.filter
def dimension_label(dimension: str) -> str:
    """The name of a segment's dimension."""
    return {"region": gettext("地区"), "age_band": gettext("年龄"), "gender": gettext("性别")}[dimension]


@register.simple_tag
def interval_bar(interval: Interval, tone: str = "") -> SafeString:
    """A bar from 0 to the share, with the interval as a whisker over it; decorative, the figures stand beside it."""
    width = interval.high - interval.low
    return format_html(
        '<svg class="interval {}" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="12"/><rect class="bar" width="{}" height="12"/>'
        '<rect class="whisker" x="{}" y="5" width="{}" height="2"/>'
        '<rect class="whisker" x="{}" y="2" width=".35" height="8"/>'
        '<rect class="whisker" x="{}" y="2" width=".35" height="8"/></svg>',
        tone,
        *(
            f"{100 * value:.2f}"
            for value in (interval.estimate, interval.low, width, interval.low, interval.high - 0.0035)
        ),
    )


@register.simple_tag
def difference_bar(interval: Interval) -> SafeString:
    """A difference from −100 to +100 points: B's side left, A's side right, the interval as a band."""
    at = [50 + 50 * value for value in (interval.low, interval.high, interval.estimate)]
    return format_html(
        '<svg class="interval difference" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><rect class="track" width="100" height="12"/><rect class="middle" x="49.85" width=".3" '
        'height="12"/><rect class="band" x="{}" y="3" width="{}" height="6"/>'
        '<rect class="whisker" x="{}" y="1" width=".6" height="10"/></svg>',
        *(f"{value:.2f}" for value in (at[0], at[1] - at[0], at[2] - 0.3)),
    )
