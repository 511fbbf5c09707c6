"""Getting in: the phone, the code, the declaration."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rushi.identity import rules
from rushi.kernel.errors import RushiError
from rushi.web.forms import refusal


class PhoneForm(forms.Form):
    """The phone that a code goes to."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=24,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national", "placeholder": "138 0000 0000"}
        ),
    )

    def clean_phone(self) -> str:
        """E.164, or a plain word about what is wrong."""
        try:
            return rules.normal_phone(self.cleaned_data["phone"])
        except RushiError as error:
            raise refusal(error) from error


class CodeForm(forms.Form):
    """The six digits."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("短信验证码"),
        error_messages={"invalid": _("请输入 6 位数字验证码。")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Digits only."""
        return str(self.cleaned_data["code"]).strip()


class JoinForm(forms.Form):
    """What a new person declares and agrees to."""

    adult = forms.BooleanField(
        label=_("我已年满 18 周岁"), error_messages={"required": _("仅限年满 18 周岁的人使用，请确认后勾选。")}
    )
    agreed = forms.BooleanField(
        label=_("我已阅读并同意"), error_messages={"required": _("请先阅读《用户协议》和《隐私政策》并勾选同意。")}
    )
