"""Every write of dispatch: claim, give back, expire; funding with its quote, the watch over pace.

Starting and handing in are evidence's and verdicts', whose functions call those of this room.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.audit.queries import setting
from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Campaign
from rushi.db import sql
from rushi.db.gathering import Gathering
from rushi.db.retry import single, transactional
from rushi.dispatch import errors, outlook, queries, rules
from rushi.dispatch.models import Assignment, AssignmentStatus, Pace
from rushi.kernel import clock
from rushi.kernel.errors import NotFound, RushiError

_REFUSALS: Mapping[str, type[RushiError]] = {
    "closed": errors.Closed,
    "suspended": errors.Suspended,
    "ineligible": errors.Ineligible,
    "limit_unverified": errors.NeedsRealName,
    "capped": errors.Capped,
    "full": errors.Full,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody asks for a place of a campaign under an idempotency key."""

    actor_id: UUID
    campaign_id: UUID
    key: str


def claim(*, actor_id: UUID, campaign_id: UUID, key: str) -> Assignment:
    """Take a place of a campaign as `take` does, and answer with the whole assignment."""
    taken = take(actor_id=actor_id, campaign_id=campaign_id, key=key)
    return Assignment.objects.select_related("campaign").get(pk=taken)


def take(*, actor_id: UUID, campaign_id: UUID, key: str) -> UUID:
    """Take a place of a campaign for a participant, with a lease; price, segment and agent are fixed here.

    Answers with the assignment's id; a replay with that of the first: the same key always, any key while it is still
    to be worked on. Raises Full, Capped, Ineligible, AlreadyTaken, NeedsRealName, Closed, Suspended; a refusal is not
    sticky.
    """
    wish = Wish(actor_id, campaign_id, key)
    return taken_by(wish, *_take_together(wish))


def taken_by(wish: Wish, outcome: str, taken: UUID) -> UUID:
    """The assignment that a wish came to, of what `take_all` said; raises as `take` does."""
    if refusal := _REFUSALS.get(outcome):
        raise refusal
    if outcome == "claimed" or rules.is_replay(taken, wish.actor_id, wish.campaign_id, wish.key):
        return taken
    if Assignment.objects.filter(pk=taken, status__in=(AssignmentStatus.CLAIMED, AssignmentStatus.STARTED)).exists():
        return taken
    raise errors.AlreadyTaken


def take_all(wishes: Sequence[Wish]) -> list[tuple[str, UUID]]:
    """Take places for a batch in one call: what became of each wish, and the assignment that was made or was there."""
    limit = setting("unverified_earned_fen_max")
    return _take_at(wishes, clock.now(), limit)


@single
def _take_at(wishes: Sequence[Wish], now: dt.datetime, unverified_fen_max: int) -> list[tuple[str, UUID]]:
    ids = [rules.assignment_id(now, wish.actor_id, wish.campaign_id, wish.key) for wish in wishes]
    people, campaigns = [wish.actor_id for wish in wishes], [wish.campaign_id for wish in wishes]
    rows = sql.call("dispatch_claim_v2", ids, people, campaigns, now, unverified_fen_max)
    return [(row["outcome"], row["existing_id"] or wanted) for row, wanted in zip(rows, ids, strict=True)]


_take_together = Gathering(take_all)


@transactional
def lock(*, assignment_ids: list[UUID]) -> None:
    """Lock the persons, the budgets and then the assignments that a decision will touch, in the one order of locks.

    An action that hands in and decides in one transaction calls this first.
    """
    sql.call("dispatch_lock_people_v1", assignment_ids)
    sql.call("dispatch_lock_v2", assignment_ids)


def halt_claims() -> None:
    """Wait for the claims under way; none begins before this transaction ends, and then it sees what this one did.

    For whoever asks that somebody has no work open and must not be wrong a moment later. First of all locks, and short.
    """
    sql.rows("dispatch", "halt_claims")


@transactional
def return_assignment(*, actor_id: UUID, assignment_id: UUID) -> Assignment:
    """Give a place back: it reopens at once and does not count for the day. The person stays in the campaign's list.

    Giving back again changes nothing. Raises NotFound (not theirs), LeaseOver (handed in or expired).
    """
    assignment = _own(actor_id, assignment_id)
    sql.call("dispatch_return_v2", [assignment_id], clock.now())
    assignment.refresh_from_db()
    if assignment.status != AssignmentStatus.RETURNED:
        raise errors.LeaseOver
    return assignment


@transactional
def expire_due(*, limit: int = 1000) -> int:
    """End up to `limit` leases that ran out and reopen their places; how many it were."""
    return len(sql.call("dispatch_expire_v2", clock.now(), limit))


@transactional
def note_visit(*, participant_id: UUID) -> None:
    """Count one visit to the hall for the person's segment and this hour; nothing is kept about the person.

    The commit does not wait for the disk: a crash may lose the counts of its last moments.
    """
    sql.call("dispatch_visit_v1", participant_id, clock.now())


@transactional
def fund(*, actor_id: UUID, campaign_id: UUID, key: str) -> Campaign:
    """Fund a campaign, and keep with it what its audience was quoted to carry in 24 hours, to be compared later.

    Raises InsufficientBalance, WrongState, Overdue; a replay keeps the first quote.
    """
    campaign = campaigns.fund(actor_id=actor_id, campaign_id=campaign_id, key=key)
    now = clock.now()
    quote = queries.day_quote(campaign, now)
    known = quote.state != "unknown"
    quoted = {"quoted_low": quote.low, "quoted_high": quote.high} if known else {}
    Pace.objects.get_or_create(campaign=campaign, defaults={**quoted, "quoted_at": now})
    return campaign


@transactional
def watch_pace() -> int:
    """Look at every live campaign: its open time, its pace, whether it lags. One statement; how many lag."""
    return sum(row["alarm"] != "" for row in sql.call("dispatch_watch_pace_v1", clock.now()))


@transactional
def refresh_prices() -> int:
    """Price every open campaign anew from budgets, deadlines, quotes and visits; how many there are.

    Prices order the hall and nothing else: what is paid, and who may claim, never depend on them.
    """
    now = clock.now()
    campaigns, supply = queries.market_outlook(now)
    found = outlook.price(campaigns, supply, now) if campaigns else []
    sql.call(
        "dispatch_price_v1",
        [one.campaign_id for one in found],
        [one.price for one in found],
        [one.step for one in found],
        [one.per_hour for one in found],
        [one.taken for one in found],
        [",".join(one.topics) for one in found],
        now,
    )
    return len(found)


@transactional
def publish_fairness() -> None:
    """Count yesterday's (Shanghai) shares by quarter of the people, once."""
    sql.call("dispatch_fairness_v1", clock.shanghai_day(clock.now()) - dt.timedelta(days=1))


def _own(actor_id: UUID, assignment_id: UUID) -> Assignment:
    assignment = Assignment.objects.filter(pk=assignment_id, participant_id=actor_id).first()
    if assignment is None:
        raise NotFound
    return assignment
