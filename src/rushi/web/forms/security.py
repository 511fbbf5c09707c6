"""Setting up a second factor: the app's code, a name to know it by."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class AppForm(forms.Form):
    """The code that the app shows, and what to call the app."""

    code = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label=_("应用显示的 6 位数字"),
        error_messages={"invalid": _("请输入应用里显示的 6 位数字。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "7"}),
    )
    name = forms.CharField(label=_("给它起个名字"), max_length=40, required=False)

    def clean_code(self) -> str:
        """Digits only."""
        return "".join(str(self.cleaned_data["code"]).split())


class ResetForm(forms.Form):
    """Why an operator clears somebody's factors."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("怎么核实的身份、谁提出的；会记入留痕。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PasskeyForm(forms.Form):
    """What to call a passkey."""

    name = forms.CharField(label=_("给它起个名字"), max_length=40, required=False)
