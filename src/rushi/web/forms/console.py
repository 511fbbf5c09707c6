"""The console's forms: basics, questions, audience, price, money."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rushi.campaigns.models import Kind, Question
from rushi.campaigns.rules import QuestionDraft
from rushi.identity.models import AgeBand, Gender
from rushi.identity.rules import INTERESTS, REGIONS
from rushi.kernel import clock
from rushi.kernel.money import Money

OPTIONS_MAX = 6
AUTO_ACCEPT_DAYS = (1, 2, 3, 5, 7, 14, 21)
QUESTIONS_MAX = 20


class YuanField(forms.CharField):
    """Yuan as people write them, Money as we keep them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"}
        super().__init__(widget=forms.TextInput(attrs=attrs), max_length=14, **kwargs)

    def clean(self, value: Any) -> Money | None:
        """The amount, or a plain word about what is wrong."""
        text = super().clean(value).replace(",", "").replace("¥", "").replace("￥", "")
        if not text:
            return None
        try:
            amount = Money.from_yuan(text)
        except ValueError as error:
            raise forms.ValidationError(_("请输入金额，最多两位小数，例如 0.30。")) from error
        if amount.fen <= 0:
            raise forms.ValidationError(_("金额必须大于 0。"))
        return amount


class BasicsForm(forms.Form):
    """What the campaign is called and says."""

    title = forms.CharField(
        label=_("标题"), max_length=60, help_text=_("参与者会看到，例如：白桃气泡水 15 秒广告，听听您的感受")
    )
    brief = forms.CharField(
        label=_("说明"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("告诉参与者要做什么。不能要求好评、点赞、关注或任何平台上的操作。"),
    )


class NewCampaignForm(BasicsForm):
    """A new campaign: its kind first."""

    kind = forms.ChoiceField(choices=[(Kind.REACTION, ""), (Kind.COMPARE, "")], initial=Kind.REACTION)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)


class AudienceForm(forms.Form):
    """Whom it is for; nothing chosen means everybody."""

    regions = forms.MultipleChoiceField(label=_("地区"), required=False, choices=lambda: _choices(REGIONS))
    age_bands = forms.MultipleChoiceField(
        label=_("年龄段"), required=False, choices=lambda: [(v, gettext(str(t))) for v, t in AgeBand.choices]
    )
    genders = forms.MultipleChoiceField(
        label=_("性别"), required=False, choices=lambda: [(v, gettext(str(t))) for v, t in Gender.choices if v]
    )
    interests = forms.MultipleChoiceField(
        label=_("兴趣（有其一即可）"), required=False, choices=lambda: _choices(INTERESTS)
    )
    excluded_campaigns = forms.MultipleChoiceField(label=_("排除参加过这些活动的人"), required=False)

    def __init__(self, *args: Any, earlier: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["excluded_campaigns"].choices = earlier  # type: ignore[attr-defined]


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(value, gettext(str(label))) for value, label in names.items()]


class PriceForm(forms.Form):
    """What a place pays, how many there are, how long we may take to judge."""

    reward = YuanField(label=_("每份报酬"))
    places = forms.IntegerField(label=_("名额"), min_value=1, max_value=1_000_000)
    auto_accept_days = forms.TypedChoiceField(
        label=_("几天未审自动通过"),
        coerce=int,
        choices=lambda: [(n, gettext("%(days)s 天") % {"days": n}) for n in AUTO_ACCEPT_DAYS],
        initial=3,
    )
    closes_on = forms.DateField(
        label=_("截止日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("到这天结束（北京时间）停止领取；不填则一直开放。"),
    )

    def clean_closes_on(self) -> dt.date | None:
        """Not in the past."""
        day: dt.date | None = self.cleaned_data["closes_on"]
        if day and day < clock.shanghai_day(clock.now()):
            raise forms.ValidationError(_("截止日期不能早于今天。"))
        return day


class DepositForm(forms.Form):
    """How much will be sent."""

    yuan = YuanField(label=_("充值金额"))
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)


class GrowForm(forms.Form):
    """A larger number of places."""

    places = forms.IntegerField(label=_("名额增加到"), min_value=1, max_value=1_000_000)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)


class ExtendForm(forms.Form):
    """A later last day."""

    closes_on = forms.DateField(
        label=_("新的截止日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("到这天结束（北京时间）停止领取。"),
    )


def read_questions(data: QueryDict) -> list[QuestionDraft]:
    """The questions as posted (`q-<n>-…`), in order, blank options dropped; nothing is judged here."""
    return [_question(data, f"q-{index}") for index in range(QUESTIONS_MAX) if f"q-{index}-kind" in data]


def _question(data: QueryDict, name: str) -> QuestionDraft:
    given = [data.get(f"{name}-option-{n}", "").strip() for n in range(OPTIONS_MAX)]
    right = data.get(f"{name}-right", "")
    chosen = given[int(right)] if right.isdigit() and int(right) < OPTIONS_MAX else ""
    options = [option for option in given if option]
    return QuestionDraft(
        kind=data.get(f"{name}-kind", ""),
        text=data.get(f"{name}-text", "").strip(),
        options=tuple(options),
        right_option=options.index(chosen) if chosen else None,
        is_required=data.get(f"{name}-required") == "on" or data.get(f"{name}-kind") != Question.Kind.TEXT,
    )


def edited(questions: list[QuestionDraft], command: str) -> list[QuestionDraft]:
    """The questions after `add:<kind>`, `remove:<n>`, `up:<n>` or `down:<n>`; anything else changes nothing."""
    verb, _colon, what = command.partition(":")
    changed = list(questions)
    if verb == "add" and what in Question.Kind.values and len(changed) < QUESTIONS_MAX:
        changed.append(QuestionDraft(kind=what, text="", options=(), right_option=None, is_required=what != "text"))
    elif what.isdigit() and int(what) < len(changed):
        index = int(what)
        if verb == "remove":
            del changed[index]
        elif verb in {"up", "down"}:
            other = index + (1 if verb == "down" else -1)
            if 0 <= other < len(changed):
                changed[index], changed[other] = changed[other], changed[index]
    return changed
