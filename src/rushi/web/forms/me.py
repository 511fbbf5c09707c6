"""What a person says of themselves: profile, real name, becoming an agent, leaving."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rushi.identity import rules
from rushi.identity.models import AgeBand, Gender

_UNSAID = ("", _("不填"))


class ProfileForm(forms.Form):
    """The profile that audiences are matched with; everything is optional."""

    nickname = forms.CharField(label=_("昵称"), max_length=30, required=False)
    region = forms.ChoiceField(
        label=_("常住地区"), required=False, choices=[_UNSAID, *((key, _(name)) for key, name in rules.REGIONS.items())]
    )
    age_band = forms.ChoiceField(
        label=_("年龄段"), required=False, choices=[_UNSAID, *((key, _(name)) for key, name in AgeBand.choices)]
    )
    gender = forms.ChoiceField(
        label=_("性别"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("f", _("女")), ("m", _("男")), (Gender.UNSAID.value, _("不填"))],
    )
    interests = forms.MultipleChoiceField(
        label=_("兴趣"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, _(name)) for key, name in rules.INTERESTS.items()],
    )


class RealNameForm(forms.Form):
    """Name and number as on the card, with the separate consent that the law asks for."""

    name = forms.CharField(
        label=_("真实姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    number = forms.CharField(
        label=_("身份证号"),
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "18", "spellcheck": "false"}),
    )
    consent = forms.BooleanField(
        label=_("我单独同意为实名核验和发放报酬处理我的姓名和身份证号"),
        error_messages={"required": _("实名核验需要您的单独同意。")},
    )


class AgentForm(forms.Form):
    """The name that stands on invitations."""

    name = forms.CharField(label=_("代理名称"), max_length=40, help_text=_("显示在邀请页上，可以用昵称或团队名。"))


class EraseForm(forms.Form):
    """A deliberate yes to leaving."""

    confirm = forms.BooleanField(label=_("我明白注销后无法恢复"), error_messages={"required": _("请勾选确认。")})
