"""What the wallet's forms take: a card, an amount to take out."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rushi.kernel.money import Money
from rushi.payouts.models import BankAccount
from rushi.payouts.rules import BANKS


class ShownPayout(TypedDict):
    """What the confirming page showed and sends back."""

    bank_account_id: UUID
    amount_fen: int
    net_fen_shown: int
    key: str


def shown_payout(post: QueryDict) -> ShownPayout:
    """The withdrawal as it stood on the confirming page. Raises ValueError when that was not its form."""
    return ShownPayout(
        bank_account_id=UUID(post.get("account", "")),
        amount_fen=int(post.get("amount_fen", "")),
        net_fen_shown=int(post.get("net_fen", "")),
        key=post.get("key", "")[:64],
    )


class CardForm(forms.Form):
    """A bank card of one's own."""

    bank = forms.ChoiceField(label=_("开户银行"), choices=[(bank, bank) for bank in BANKS])
    number = forms.CharField(
        label=_("银行卡号"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class WithdrawForm(forms.Form):
    """How much, and to which card."""

    amount = forms.CharField(
        label=_("提现金额"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    account = forms.ChoiceField(label=_("到账银行卡"), widget=forms.RadioSelect)

    def __init__(self, *args: object, cards: list[BankAccount], balance_fen: int, minimum_fen: int, **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.balance_fen, self.minimum_fen = balance_fen, minimum_fen
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(card.pk), f"{card.bank} ···· {card.number_tail}") for card in cards]

    def clean_amount(self) -> int:
        """Integer fen between the minimum and what is available."""
        try:
            fen = Money.from_yuan(self.cleaned_data["amount"]).fen
        except ValueError:
            raise forms.ValidationError(_("请填写金额，最多两位小数。")) from None
        if fen > self.balance_fen:
            raise forms.ValidationError(_("超过可提现余额。"))
        if fen < self.minimum_fen:
            raise forms.ValidationError(
                _("单笔提现不少于 %(yuan)s 元。"), params={"yuan": Money(self.minimum_fen).yuan}
            )
        return fen

    def clean_account(self) -> UUID:
        """The card's id."""
        return UUID(self.cleaned_data["account"])
