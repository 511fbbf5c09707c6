"""What templates need everywhere: money, times, the current path. Built in: no {% load %}."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from rushi.identity.rules import masked_phone
from rushi.kernel import clock
from rushi.kernel.clock import SHANGHAI
from rushi.kernel.errors import RushiError
from rushi.kernel.money import Money
from rushi.policy.rules import marked as segmented
from rushi.web.event_names import EVENT_NAMES

DAYS_WITH_TIMES = 2
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


@register.filter
def day_moment(moment: dt.datetime) -> str:
    """`明天 14:00`: a moment near now in the words one plans by, Shanghai time; further off only the day.

    Rounded up to ten minutes within the next hours, else to the hour: nobody knows it to the minute.
    """
    step = 600 if moment - clock.now() < dt.timedelta(hours=6) else 3600
    rounded = dt.datetime.fromtimestamp(-(-moment.timestamp() // step) * step, dt.UTC)
    there, today = rounded.astimezone(SHANGHAI), clock.shanghai_day(clock.now())
    days = (there.date() - today).days
    if days > DAYS_WITH_TIMES or days < 0:
        return f"{there:%Y-%m-%d}" if there.year != today.year else f"{there:%m-%d}"
    name = (gettext("今天"), gettext("明天"), gettext("后天"))[days]
    return f"{name} {there:%H:%M}"


@register.filter
def national(phone: str | None) -> str:
    """A mainland phone without +86, for its owner's eyes."""
    return (phone or "").removeprefix("+86")


@register.filter
def masked(phone: str | None) -> str:
    """`138****0000`."""
    return masked_phone(phone)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, decorative: words stand beside it."""
    href = f"{static('web/icons.svg')}#{name}"
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_tag(takes_context=True)
def navlink(context: template.Context, name: str, label: str, symbol: str = "", count: int | None = None) -> SafeString:
    """A navigation link to the page called `name`, marked when the present page lies under it."""
    href = reverse(name)
    path = context["request"].path
    here = path == href or (href.count("/") > 2 and path.startswith(href))
    return format_html(
        '<a href="{}"{}>{}<span>{}</span>{}</a>',
        href,
        mark_safe(' aria-current="page"' if here else ""),  # noqa: S308 - a constant
        icon(symbol) if symbol else "",
        label,
        format_html('<span class="count">{}</span>', count) if count else "",
    )


@register.filter
def tr(value: object) -> str:
    """The translation of text known only at run time: a model label, a RushiError (its parameters filled in)."""
    if isinstance(value, RushiError):
        said = {name: gettext(word) if isinstance(word, str) and word else word for name, word in value.params.items()}
        return str(gettext(value.message) % said)
    text = str(value or "")
    return gettext(text) if text else ""


@register.filter
def seconds(ms: int | None) -> str:
    """`12.3 秒` from milliseconds; an em dash for None."""
    return "—" if ms is None else gettext("%(seconds)s 秒") % {"seconds": f"{ms / 1000:.1f}"}


@register.simple_tag
def marked(text: str, findings: Sequence[Mapping[str, Any]], *name: object) -> SafeString:
    """`text` with what findings matched in the field `name` (parts joined by dots) marked, each with its rule."""
    segments = segmented(text, findings, ".".join(map(str, name)))
    pieces = (
        format_html('<mark class="{}" title="{}">{}</mark>', piece.severity, piece.rule, piece.text)
        if piece.rule
        else conditional_escape(piece.text)
        for piece in segments
    )
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item at a position, or nothing beyond the end."""
    return items[index] if 0 <= index < len(items) else ""


@register.filter
def plain_yuan(fen: int) -> str:
    """`1234.50`: for form values and links."""
    return Money(fen).yuan


@register.filter
def event_name(action: str) -> str:
    """What an audit event is called on pages; the bare action where it has no name."""
    return gettext(EVENT_NAMES[action]) if action in EVENT_NAMES else action


@register.filter
def place(field: str) -> str:
    """Where in a campaign a finding is, in words: `questions.2.options.1` is in question 3."""
    head, _dot, rest = field.partition(".")
    if head == "questions":
        return gettext("第 %(number)s 题") % {"number": int(rest.partition(".")[0]) + 1}
    return gettext(_PLACES[head]) if head in _PLACES else ""


@register.filter
def place_step(field: str) -> str:
    """The wizard's page on which that place is edited; empty where there is none."""
    return _PLACE_STEPS.get(field.partition(".")[0], "")


_PLACES = {"title": "标题", "brief": "说明", "material_names": "视频文件名", "organisation_name": "机构名称"}
_PLACE_STEPS = {
    "title": "edit_basics",
    "brief": "edit_basics",
    "questions": "edit_questions",
    "material_names": "edit_material",
}
