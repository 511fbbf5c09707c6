"""Reads of the books: balances, statements, entries, trial balance, deposits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from rushi.db import sql
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger import rules
from rushi.ledger.models import Account, AccountKind, Deposit, Entry, EntryKind, Settlement

account_id = rules.account_id

_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_CLOCKS_DIFFER = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of an owner's statement; `balance_fen` is the statement's balance after it."""

    entry_id: UUID
    kind: str
    subject_id: UUID
    at: dt.datetime
    account_kind: str
    amount_fen: int
    balance_fen: int

    @property
    def debit_fen(self) -> int:
        """The amount as a debit, else 0."""
        return max(-self.amount_fen, 0)

    @property
    def kind_label(self) -> str:
        """What moved the money, in Chinese (for the `tr` filter)."""
        return str(EntryKind(self.kind).label)

    @property
    def account_label(self) -> str:
        """Which account it moved, in Chinese (for the `tr` filter)."""
        return str(AccountKind(self.account_kind).label)

    @property
    def cursor(self) -> str:
        """Where the next page begins: pass it as `before`."""
        return f"{self.at.isoformat()}~{self.entry_id}~{self.amount_fen}"


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account kind of the trial balance: how many accounts, and their balance as a debit or a credit."""

    kind: str
    accounts: int
    balance_fen: int

    @property
    def label(self) -> str:
        """The kind in Chinese (for the `tr` filter)."""
        return str(AccountKind(self.kind).label)

    @property
    def debit_fen(self) -> int:
        """The balance when it is a debit, else 0."""
        return max(-self.balance_fen, 0)

    @property
    def credit_fen(self) -> int:
        """The balance when it is a credit, else 0."""
        return max(self.balance_fen, 0)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All account kinds at a moment; it balances when debits equal credits."""

    rows: tuple[TrialRow, ...]

    @property
    def debit_fen(self) -> int:
        """All debits."""
        return sum(row.debit_fen for row in self.rows)

    @property
    def credit_fen(self) -> int:
        """All credits."""
        return sum(row.credit_fen for row in self.rows)

    @property
    def difference_fen(self) -> int:
        """Credits less debits: zero, or something is badly wrong."""
        return self.credit_fen - self.debit_fen


def balance_fen(kind: str, owner_id: UUID = rules.NIL_OWNER) -> int:
    """The balance of one account; 0 when it was never opened. The platform's fee is the sum of its shards."""
    if kind == AccountKind.PLATFORM_FEE:
        return total_fen(kind)
    found = Account.objects.filter(id=account_id(kind, owner_id)).values_list("balance_fen", flat=True).first()
    return found or 0


def earned_fen(kinds: str | Sequence[str], owner_id: UUID) -> int:
    """What settlements ever paid into an owner's accounts of these kinds."""
    ids = [account_id(kind, owner_id) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    (row,) = sql.rows("ledger", "earned", {"accounts": ids})
    earned: int = row["fen"]
    return earned


def fees_by_shard(campaign_id: UUID) -> dict[int, int]:
    """The fees that a campaign's settlements paid, by the shard of the fee account they went to (in fen)."""
    paid = Settlement.objects.filter(escrow_owner=campaign_id).values_list("fee_shard")
    return dict(paid.annotate(fen=Sum("fee_fen")))


def balances(owner_ids: Iterable[UUID], kinds: Sequence[str]) -> dict[tuple[str, UUID], int]:
    """The balances of many accounts by (kind, owner); missing accounts are 0."""
    wanted = {account_id(kind, owner): (kind, owner) for owner in owner_ids for kind in kinds}
    found = dict(Account.objects.filter(id__in=wanted).values_list("id", "balance_fen"))
    return {pair: found.get(id_, 0) for id_, pair in wanted.items()}


def total_fen(*kinds: str) -> int:
    """The sum of all balances of these account kinds."""
    return Account.objects.filter(kind__in=kinds).aggregate(total=Sum("balance_fen"))["total"] or 0


def statement(
    kinds: str | Sequence[str], owner_id: UUID, before: str | None = None, limit: int = 50
) -> list[StatementLine]:
    """An owner's statement over one or more account kinds, newest first; `before` is the last line's cursor.

    A movement between two of the kinds shows as two lines. A cursor that cannot be read starts at the top.
    """
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    ids = [account_id(kind, owner_id) for kind in wanted]
    at, entry, amount = parse_cursor(before)
    since = _since(at, limit + 1, owner_id.int) if AccountKind.PLATFORM_FEE in wanted else _LONG_AGO
    params = {"owner": owner_id, "kinds": wanted, "accounts": ids}
    params |= {"at": at, "entry": entry, "amount": amount, "limit": limit, "since": since}
    found = sql.rows("ledger", "statement", params)
    return [StatementLine(**row) for row in found]


def _since(before: dt.datetime | None, wanted: int, shard: int | None = None) -> dt.datetime:
    """A moment since when there are `wanted` settlements up to `before` (of a fee shard): what else is older."""
    (row,) = sql.call("ledger_since_v1", before or clock.now() + _CLOCKS_DIFFER, wanted, shard)
    return row["ledger_since_v1"] or _LONG_AGO


def parse_cursor(text: str | None) -> tuple[dt.datetime | None, UUID | None, int]:
    """Moment, entry and amount of a cursor; (None, None, 0) when there is none or it cannot be read."""
    moment, entry, amount = ((text or "") + "~~").split("~")[:3]
    try:
        at = dt.datetime.fromisoformat(moment)
        return (at if at.tzinfo else None), UUID(entry), int(amount or 0)
    except ValueError:
        return None, None, 0


def trial_balance(until: dt.datetime | None = None) -> TrialBalance:
    """The trial balance now, or as it was at a moment (today's less every line since)."""
    if until is None:
        rows = Account.objects.values_list("kind").annotate(accounts=Count("id"), balance=Sum("balance_fen"))
        found = {kind: (accounts, balance) for kind, accounts, balance in rows}
    else:
        dated = sql.rows("ledger", "trial_balance_until", {"until": until})
        found = {row["kind"]: (row["accounts"], int(row["balance"])) for row in dated}
    return TrialBalance(tuple(TrialRow(kind, *found.get(kind, (0, 0))) for kind in AccountKind.values))


def flow(since: dt.datetime, until: dt.datetime) -> dict[str, tuple[int, int]]:
    """What moved between two moments: entry kind → (how many, how much), kinds without entries left out."""
    rows = sql.rows("ledger", "flow", {"since": since, "until": until})
    return {row["kind"]: (row["entries"], int(row["amount"])) for row in rows}


def access_entry(entry_id: UUID) -> Entry:
    """One entry for the finance desk. Raises NotFound."""
    entry = Entry.objects.filter(id=entry_id).first()
    if entry is None:
        raise NotFound
    return entry


def access_account(id_: UUID) -> Account:
    """One account for the finance desk. Raises NotFound."""
    account = Account.objects.filter(id=id_).first()
    if account is None:
        raise NotFound
    return account


def accounts(kind: str = "", owner_id: UUID | None = None, *, with_money: bool = False) -> QuerySet[Account]:
    """Accounts for the finance desk's list, by kind, owner, and whether anything is in them."""
    wanted = Account.objects.order_by("kind", "id")
    if kind:
        wanted = wanted.filter(kind=kind)
    if owner_id is not None:
        wanted = wanted.filter(id__in=[account_id(k, owner_id) for k in AccountKind.values])
    return wanted.exclude(balance_fen=0) if with_money else wanted


def entry_page(
    kind: str = "",
    subject_id: UUID | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Entry]:
    """The newest `limit` of what `entries` finds; its cost does not grow with the books."""
    wanted = entries(kind, subject_id, since, until, before)
    if subject_id is None and kind in ("", EntryKind.SETTLEMENT):
        ends = [moment for moment in (parse_cursor(before)[0], until) if moment is not None]
        wanted = wanted.filter(at__gte=_since(min(ends, default=None), limit + 1))
    return list(wanted[:limit])


def entries(
    kind: str = "",
    subject_id: UUID | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    before: str | None = None,
) -> QuerySet[Entry]:
    """Entries for the finance desk, newest first; `before` is a cursor `<at>~<entry id>`."""
    wanted = Entry.objects.order_by("-at", "-id")
    if kind:
        wanted = wanted.filter(kind=kind)
    if subject_id is not None:
        # an entry's id derives from (kind, subject), a settlement's is its subject: look-ups by key, no index more
        wanted = wanted.filter(id__in=[subject_id, *(rules.entry_id(k, subject_id) for k in EntryKind.values)])
    if since is not None:
        wanted = wanted.filter(at__gte=since)
    if until is not None:
        wanted = wanted.filter(at__lt=until)
    at, entry, _ = parse_cursor(before)
    if at is not None:
        wanted = wanted.filter(Q(at__lt=at) | Q(at=at, id__lt=entry), at__lte=at)
    return wanted


def deposits(status: str = "", owner_id: UUID | None = None) -> QuerySet[Deposit]:
    """Deposits, newest request first; the queue of awaiting ones begins with the oldest."""
    wanted = Deposit.objects.order_by("requested_at" if status == Deposit.Status.AWAITING else "-requested_at", "id")
    if status:
        wanted = wanted.filter(status=status)
    return wanted if owner_id is None else wanted.filter(owner_id=owner_id)


def access_deposit(deposit_id: UUID) -> Deposit:
    """One deposit for the finance desk. Raises NotFound."""
    deposit = Deposit.objects.filter(id=deposit_id).first()
    if deposit is None:
        raise NotFound
    return deposit


def deposits_before(owner_id: UUID, before: tuple[dt.datetime, UUID] | None, limit: int) -> list[Deposit]:
    """An owner's deposits, newest request first, after the row (moment, id) that ended the page before."""
    wanted = Deposit.objects.filter(owner_id=owner_id).order_by("-requested_at", "-id")
    if before is not None:
        at, id_ = before
        wanted = wanted.filter(Q(requested_at__lt=at) | Q(requested_at=at, id__lt=id_))
    return list(wanted[:limit])


def access_own_deposit(owner_id: UUID, deposit_id: UUID) -> Deposit:
    """A deposit of an owner that the door has the right to. Raises NotFound."""
    deposit = access_deposit(deposit_id)
    if deposit.owner_id != owner_id:
        raise NotFound
    return deposit
