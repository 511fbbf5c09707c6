"""Forms for programs: API keys and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rushi.notices.rules import ADDRESS_CHARS_MAX, EVENTS


def _choices(names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, f"{gettext(label)} · {value}") for value, label in names.items()]


class KeyForm(forms.Form):
    """A new key: what it is called and what it may do."""

    name = forms.CharField(label=_("名称"), max_length=40, help_text=_("给自己看的，例如：投放系统"))
    scopes = forms.MultipleChoiceField(
        label=_("权限"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一项权限。")},
        help_text=_("只给需要的。以后不能改，可以换一个新密钥。"),
    )

    def __init__(self, *args: Any, known: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = _choices(known)  # type: ignore[attr-defined]


class EndpointForm(forms.Form):
    """An address to tell, and what about."""

    url = forms.CharField(
        label=_("地址"),
        max_length=ADDRESS_CHARS_MAX,
        widget=forms.TextInput(
            attrs={"type": "url", "inputmode": "url", "autocomplete": "off", "placeholder": "https://example.com/rushi"}
        ),
        help_text=_("您自己的服务器，https 开头。"),
    )
    description = forms.CharField(label=_("备注"), max_length=60, required=False)
    events = forms.MultipleChoiceField(
        label=_("事件"),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: _choices(EVENTS),
        error_messages={"required": _("请至少选择一种事件。")},
    )
