"""What the finance desk asks for: filters, confirmations, the statement's figure, the bank's result."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rushi.kernel import clock
from rushi.kernel.money import Money
from rushi.ledger.models import AccountKind, EntryKind
from rushi.payouts import bankfile


def _choices(kinds: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", _("全部")), *[(value, _(label)) for value, label in kinds]]  # type: ignore[list-item]


def _day_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def midnight_after(day: dt.date | None) -> dt.datetime | None:
    """The moment at which a Shanghai day is over; None for None."""
    return None if day is None else clock.shanghai_midnight(day + dt.timedelta(days=1))


class EntryFilter(forms.Form):
    """Entries by kind, day and subject."""

    kind = forms.ChoiceField(label=_("种类"), required=False, choices=_choices(EntryKind.choices))
    since = _day_field(_("从"))  # type: ignore[arg-type]
    until = _day_field(_("到（含）"))  # type: ignore[arg-type]
    subject = forms.CharField(label=_("业务编号或转账附言"), required=False, max_length=40)


class AccountFilter(forms.Form):
    """Accounts by kind and owner."""

    kind = forms.ChoiceField(label=_("科目"), required=False, choices=_choices(AccountKind.choices))
    owner = forms.CharField(label=_("户主（名称或编号）"), required=False, max_length=80)
    with_money = forms.BooleanField(label=_("只看有余额的"), required=False)


class DayForm(forms.Form):
    """The day at whose end the trial balance is struck."""

    day = _day_field(_("截至（含当日）"))  # type: ignore[arg-type]


class ConfirmDepositForm(forms.Form):
    """Finance saw the money."""

    seen = forms.BooleanField(
        label=_("我已在银行流水中核对到这笔款：金额和附言一致"),
        error_messages={"required": _("请先核对银行流水，再勾选确认。")},
    )
    note = forms.CharField(label=_("备注"), required=False, max_length=200)


class ReasonForm(forms.Form):
    """A reason that somebody will read."""

    note = forms.CharField(label=_("原因"), max_length=200, error_messages={"required": _("请写明原因，对方会看到。")})


class StatementForm(forms.Form):
    """The closing balance on the bank's statement, in yuan."""

    balance = forms.CharField(
        label=_("银行对账单余额（元）"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def clean_balance(self) -> int:
        """The figure in fen."""
        try:
            return Money.from_yuan(self.cleaned_data["balance"].replace(",", "").lstrip("¥")).fen
        except ValueError as error:
            raise forms.ValidationError(gettext("请填写金额，最多两位小数。")) from error


class ResultForm(forms.Form):
    """The bank's result as a file."""

    file = forms.FileField(label=_("银行回单（CSV）"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> str:
        """The text of the file."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            return bankfile.decode(upload.read(bankfile.RESULT_BYTES_MAX + 1))
        except bankfile.UnreadableResult as error:
            raise forms.ValidationError(gettext(str(error))) from error
