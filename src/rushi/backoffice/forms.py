"""The form by which operators put a setting in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rushi.audit import queries, rules
from rushi.audit.models import Setting

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Setting]
else:
    _ModelForm = forms.ModelForm


def _choices() -> list[tuple[str, str]]:
    """Every setting by what it means, with the value in force."""
    known = [(key, gettext(rule.meaning), queries.setting(key)) for key, rule in rules.SETTINGS.items()]
    return [(key, f"{meaning} · {key} = {value!s}".rstrip(" =")) for key, meaning, value in known]


class SettingForm(_ModelForm):
    """A setting, its new value and the reason; in force at once."""

    key = forms.ChoiceField(label=_("设置"), choices=_choices)
    value = forms.CharField(
        label=_("新的值"), required=False, strip=True, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )
    reason = forms.CharField(label=_("理由"), max_length=200, help_text=_("立即生效，写入操作留痕，不能修改或删除。"))

    class Meta:
        model = Setting
        fields = ("key", "value", "reason")

    def clean(self) -> dict[str, Any]:
        """The value as the setting takes it, or what it takes."""
        cleaned = super().clean() or {}
        rule = rules.SETTINGS.get(cleaned.get("key", ""))
        if rule is not None:
            text = cleaned.get("value", "").replace("\r\n", "\n")
            value: int | str = int(text) if not rule.is_text and text.isascii() and text.isdigit() else text
            if not rule.admits(value):
                self.add_error("value", gettext("可以填：%(allowed)s") % {"allowed": gettext(rule.allowed)})
            cleaned["value"] = value
        return cleaned
