"""A statement is a window on the postings: newest first, balances after each line, pages that miss nothing."""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger import actions, queries, rules
from rushi.ledger.models import Entry
from tests.books import FINANCE, assert_books_clean, give_escrow, settle, settlement

pytestmark = pytest.mark.django_db
KINDS = ["participant_pending", "participant_available"]


def test_pages_of_a_statement_miss_nothing_even_inside_an_entry() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    for reward in (10, 20, 30):
        settle(actor_id=None, settlements=[settlement(campaign, person, reward=reward, to="participant_pending")])
    actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=uuid4())
    whole = queries.statement(KINDS, person)
    assert [line.amount_fen for line in whole] == [60, -60, 30, 20, 10]
    assert [line.balance_fen for line in whole] == [60, 0, 60, 30, 10]
    paged, cursor = [], None
    while page := queries.statement(KINDS, person, cursor, limit=1):
        paged += page
        cursor = page[-1].cursor
    assert paged == whole
    assert (whole[0].kind_label, whole[0].account_label, whole[1].debit_fen) == ("核实后转可提现", "参与者可提现", 60)
    assert whole[0].debit_fen == 0


DEEDS = ["pay", "hold", "agent", "release", "withdraw", "fund"]
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, 1), st.integers(1, 30)),
    min_size=1,
    max_size=14,
)  # fmt: skip


class Expected:
    """What the lines of every owner must be, added in Python: (kind, owner) of the account, amount, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, UUID, int]] = []

    def add(self, *legs: tuple[str, UUID, int]) -> None:
        self.lines += sorted((leg for leg in legs if leg[2]), key=lambda leg: leg[2])

    def sum(self, kind: str, owner: UUID) -> int:
        return sum(fen for k, o, fen in self.lines if (k, o) == (kind, owner))


def _do(step: tuple[str, int, int], campaign: UUID, people: list[UUID], agent: UUID, books: Expected) -> None:
    what, who, fen = step
    person = people[who]
    if what == "fund":
        give_escrow(uuid4(), campaign, fen)
        books.add(("escrow", campaign, fen))
    elif what == "release":
        held = books.sum("participant_pending", person)
        actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=uuid4())
        books.add(("participant_pending", person, -held), ("participant_available", person, held))
    elif what == "withdraw":
        fen = min(fen, books.sum("participant_available", person))
        if fen:
            source = ("participant_available", person)
            actions.post(actor_id=FINANCE, drafts=[rules.payout_request(uuid4(), source, fen)])
            books.add((*source, -fen), ("payout_clearing", person, fen))
    else:
        to = "participant_pending" if what == "hold" else "participant_available"
        commission = 2 if what == "agent" else 0
        paid = settlement(campaign, person, reward=fen, fee=1, commission=commission, agent_id=agent, to=to)
        settle(settlements=[paid])
        fees = rules.fee_owner(rules.fee_shard(campaign))
        books.add(
            ("escrow", campaign, -fen - commission - 1),
            (to, person, fen),
            ("agent_available", agent, commission),
            ("platform_fee", fees, 1),
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.integers(1, 4))
def test_every_statement_is_what_python_adds_up(steps: list[tuple[str, int, int]], page: int) -> None:
    campaign, people, agent = uuid4(), [uuid4(), uuid4()], uuid4()
    books, shard = Expected(), rules.fee_owner(rules.fee_shard(campaign))
    fees_before = len(queries.statement("platform_fee", shard, limit=10_000))
    give_escrow(uuid4(), campaign, 10_000)
    books.add(("escrow", campaign, 10_000))
    for step in steps:
        _do(step, campaign, people, agent, books)
    asked: list[tuple[list[str], UUID]] = [
        (["escrow"], campaign),
        (["agent_available"], agent),
        (["platform_fee"], shard),
    ]
    asked += [(KINDS, person) for person in people] + [([*KINDS, "payout_clearing"], people[0]), (KINDS[:1], people[1])]
    for kinds, owner in asked:
        wanted = [fen for kind, o, fen in books.lines if o == owner and kind in kinds]
        lines, cursor = [], None
        while found := queries.statement(kinds, owner, cursor, limit=page):
            lines += found
            cursor = found[-1].cursor
        lines = lines[: len(lines) - (fees_before if owner == shard else 0)][::-1]
        assert [line.amount_fen for line in lines] == wanted
        before = 0 if owner != shard else (lines[0].balance_fen - lines[0].amount_fen if lines else 0)
        assert [line.balance_fen for line in lines] == [before + sum(wanted[: n + 1]) for n in range(len(wanted))]
    paid = [fen for kind, owner, fen in books.lines if owner == agent]
    assert queries.earned_fen("agent_available", agent) == sum(paid)
    assert queries.trial_balance(clock.now() + dt.timedelta(seconds=1)) == queries.trial_balance()
    assert_books_clean()


def test_one_kind_alone() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    settle(settlements=[settlement(campaign, person)])
    assert [line.amount_fen for line in queries.statement("participant_available", person)] == [20]
    assert queries.statement("participant_pending", person) == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "2026-01-01~y", "2026-01-01T00:00:00~0190a1b2-0000-7000-8000-000000000001", "~~~~"]
)
def test_a_cursor_that_cannot_be_read_starts_at_the_top(cursor: str) -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    settle(settlements=[settlement(campaign, person)])
    assert len(queries.statement("participant_available", person, cursor)) == 1


def test_entries_and_accounts_for_the_desk() -> None:
    organisation, campaign = uuid4(), uuid4()
    give_escrow(organisation, campaign, 500)
    now = clock.now()
    newest, oldest = list(queries.entries())
    assert (newest.kind, oldest.kind) == ("funding", "deposit")
    assert list(queries.entries(before=f"{newest.at.isoformat()}~{newest.id}")) == [oldest]
    assert list(queries.entries("deposit", until=now - dt.timedelta(days=1))) == []
    assert list(queries.entries("deposit", since=now - dt.timedelta(days=1))) == [oldest]
    assert list(queries.entries(subject_id=oldest.subject_id)) == [oldest]
    assert queries.access_entry(newest.id) == newest
    assert [a.owner_id for a in queries.accounts("escrow", campaign)] == [campaign]
    assert [a.owner_id for a in queries.accounts("escrow")] == [campaign]
    assert [a.kind for a in queries.accounts(owner_id=organisation)] == ["advertiser"]
    assert [a.kind for a in queries.accounts(owner_id=organisation, with_money=True)] == []
    assert queries.access_account(queries.account_id("escrow", campaign)).balance_fen == 500
    with pytest.raises(NotFound):
        queries.access_entry(uuid4())
    with pytest.raises(NotFound):
        queries.access_account(uuid4())


def test_a_sweep_of_one_moment_hides_nothing_that_is_older() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 27 * 130)
    swept = clock.now() + dt.timedelta(hours=1)
    settle(settlements=[settlement(campaign, person) for _ in range(5)], at=swept - dt.timedelta(minutes=9))
    settle(settlements=[settlement(campaign, person) for _ in range(120)], at=swept)
    pages = _pages("settlement")
    assert [len(page) for page in pages] == [50, 50, 25]
    assert len({entry.id for page in pages for entry in page}) == 125
    assert sum(len(page) for page in _pages("")) == 127  # with the deposit and the funding


def _pages(kind: str) -> list[list[Entry]]:
    pages: list[list[Entry]] = []
    cursor = None
    while page := queries.entry_page(kind, before=cursor):
        pages.append(page)
        cursor = f"{page[-1].at.isoformat()}~{page[-1].id}"
    return pages


def test_the_trial_balance_of_a_day_is_added_up_again() -> None:
    give_escrow(uuid4(), uuid4(), 500)
    now = clock.now()
    assert queries.trial_balance(now + dt.timedelta(seconds=1)) == queries.trial_balance()
    before = queries.trial_balance(now - dt.timedelta(days=1))
    assert (before.credit_fen, before.debit_fen, before.difference_fen) == (0, 0, 0)
    assert [row.label for row in before.rows][:2] == ["银行存款", "广告主余额"]
    assert queries.flow(now - dt.timedelta(days=1), now + dt.timedelta(seconds=1)) == {
        "deposit": (1, 500),
        "funding": (1, 500),
    }


def test_settlements_stand_among_the_entries_and_can_be_found_by_their_work() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 500)
    before = clock.now()
    paid = settlement(campaign, person, commission=3, agent_id=uuid4())
    settle(actor_id=FINANCE, settlements=[paid])
    newest = queries.entries().first()
    assert newest is not None
    assert (newest.kind, newest.id, newest.subject_id, newest.actor_id) == ("settlement", paid.id, paid.id, FINANCE)
    assert (newest.gross_fen, newest.reward_fen, newest.commission_fen, newest.fee_fen) == (27, 20, 3, 4)
    assert list(queries.entries(subject_id=paid.id)) == [newest]
    assert list(queries.entries("settlement")) == [newest]
    assert sorted(leg.amount_fen for leg in newest.postings.all()) == [-27, 3, 4, 20]
    assert queries.flow(before, clock.now() + dt.timedelta(seconds=1))["settlement"] == (1, 27)
    earlier = queries.trial_balance(before)
    assert {row.kind: row.balance_fen for row in earlier.rows}["escrow"] == 500
    assert {row.kind: row.accounts for row in earlier.rows}["platform_fee"] == 0
