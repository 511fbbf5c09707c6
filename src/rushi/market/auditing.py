"""A client's journal against the database: is everything there that was acknowledged, and nothing twice?

Beside the acts one by one, three sums that do not look at the books' own entries: what each person earned against
what they have and were paid, what the advertiser put in against what campaigns took, and every invariant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from rushi.campaigns.models import Budget, Campaign
from rushi.db import invariants
from rushi.dispatch import rules as places
from rushi.dispatch.models import Assignment
from rushi.evidence.models import Answers, FreeLook, Submission
from rushi.ledger.models import Deposit
from rushi.ledger.queries import balance_fen, balances
from rushi.market.journal import Line, read
from rushi.payouts.models import BankFile, Payout
from rushi.verdicts.models import Appeal, Verdict

MISSING, DOUBLED, BROKEN = "missing", "doubled", "invariant"
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: acknowledged and `missing`, `doubled` (done twice, or though it was refused), or broken."""

    kind: str
    verb: str
    detail: str


def verify(path: Path) -> list[Finding]:
    """Everything in the present database that contradicts the journal at `path`; empty when all is well.

    Acts that were never answered may have happened once or not at all: both are right. Call it when nobody acts
    any more. Looks only at the people and campaigns of the journal's stage, and at all invariants.
    """
    if not connection.in_atomic_block:
        connection.close()  # the server may have been another one since
    stage, lines = read(path)
    found = [
        *_one_by_one(lines),
        *_nothing_besides(stage, lines),
        *_people_have_what_they_earned(stage),
        *_advertiser_has_the_rest(stage),
    ]
    broken = [check for check in invariants.run() if not check.ok]
    return found + [Finding(BROKEN, check.name, str(check.rows[:2])) for check in broken]


def _done(lines: Iterable[Line], *verbs: str) -> list[Line]:
    return [line for line in lines if line.act.verb in verbs and line.answer is not None and line.answer.is_done]


def _ids(lines: Iterable[Line], name: str) -> list[str]:
    return [str(line.act.about.get(name) or (line.answer and line.answer.facts[name])) for line in lines]


def _rows(model: Any, ids: Iterable[str], *fields: str, by: str = "pk") -> dict[str, tuple[Any, ...]]:
    """Rows by their id as text, read in pieces."""
    wanted, found = sorted(set(ids)), {}
    for first in range(0, len(wanted), _CHUNK):
        rows = model.objects.filter(**{f"{by}__in": wanted[first : first + _CHUNK]}).values_list(by, *fields)
        found.update({str(row[0]): row[1:] for row in rows})
    return found


def _one_by_one(lines: list[Line]) -> Iterator[Finding]:
    yield from _claims(lines)
    yield from _work(lines)
    yield from _decisions(lines)
    yield from _money(lines)
    yield from _campaigns(lines)


def _claims(lines: list[Line]) -> Iterator[Finding]:
    done = _done(lines, "claim")
    rows = _rows(Assignment, _ids(done, "assignment"), "participant_id", "campaign_id")
    for line, made in zip(done, _ids(done, "assignment"), strict=True):
        if rows.get(made) != (UUID(line.act.actor), UUID(line.act.about["campaign"])):
            yield Finding(MISSING, "claim", f"{made} of {line.act.actor}: {rows.get(made)}")
    returned = _done(lines, "give_back")
    states = _rows(Assignment, _ids(returned, "assignment"), "status")
    for made in _ids(returned, "assignment"):
        if states.get(made) != ("returned",):
            yield Finding(MISSING, "give_back", f"{made}: {states.get(made)}")


def _work(lines: list[Line]) -> Iterator[Finding]:
    started = _rows(Assignment, _ids(_done(lines, "start"), "assignment"), "started_at")
    for made in _ids(_done(lines, "start"), "assignment"):
        if started.get(made, (None,))[0] is None:
            yield Finding(MISSING, "start", made)
    looks = _ids(_done(lines, "look"), "assignment")
    seen = _rows(FreeLook, looks, "cut", by="assignment_id")
    yield from (Finding(MISSING, "look", made) for made in sorted(set(looks) - set(seen)))
    submitted = _done(lines, "submit")
    ids = _ids(submitted, "assignment")
    there, given = _rows(Submission, ids, "submitted_at"), _given(ids)
    for line, made in zip(submitted, ids, strict=True):
        if made not in there:
            yield Finding(MISSING, "submit", made)
        elif given.get(made) != dict(line.act.about["answers"]):
            yield Finding(MISSING, "submit", f"{made}: answers {given.get(made)}, said {line.act.about['answers']}")


def _given(ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    wanted = sorted(set(ids))
    for first in range(0, len(wanted), _CHUNK):
        part = Answers.objects.filter(pk__in=list(map(UUID, wanted[first : first + _CHUNK])))
        for one in part:
            found[str(one.pk)] = dict(zip(map(str, one.questions), one.choices, strict=True))
    return found


def _decisions(lines: list[Line]) -> Iterator[Finding]:
    judged = _done(lines, "accept", "reject")
    verdicts = _rows(Verdict, _ids(judged, "assignment"), "outcome", "basis")
    for line, made in zip(judged, _ids(judged, "assignment"), strict=True):
        wanted = {("accepted", "reviewer")} if line.act.verb == "accept" else {("rejected", ""), ("accepted", "appeal")}
        outcome, basis = verdicts.get(made, ("", ""))
        if (outcome, basis if outcome == "accepted" else "") not in wanted:
            yield Finding(MISSING, line.act.verb, f"{made}: {verdicts.get(made)}")
    appeals = _rows(Appeal, _ids(_done(lines, "appeal", "decide"), "assignment"), "status")
    for line in _done(lines, "appeal", "decide"):
        status = appeals.get(line.act.about["assignment"], ("",))[0]
        wanted_status = {True: {"overturned"}, False: {"upheld"}, None: {"open", "overturned", "upheld"}}
        if status not in wanted_status[line.act.about.get("overturn")]:
            yield Finding(MISSING, line.act.verb, f"{line.act.about['assignment']}: {status or 'no appeal'}")


def _money(lines: list[Line]) -> Iterator[Finding]:
    done = _done(lines, "withdraw")
    rows = _rows(Payout, _ids(done, "payout"), "user_id", "gross_fen", "net_fen")
    for line, made in zip(done, _ids(done, "payout"), strict=True):
        wanted = (UUID(line.act.actor), line.act.about["amount_fen"], line.act.about["net_fen"])
        if rows.get(made) != wanted:
            yield Finding(MISSING, "withdraw", f"{made}: {rows.get(made)}, acknowledged {wanted}")
    for made, count in Counter(_ids(done, "payout")).items():
        if count > 1:
            yield Finding(DOUBLED, "withdraw", f"one payout {made} answers {count} requests")
    states = _rows(Deposit, _ids(_done(lines, "confirm"), "deposit"), "status")
    for made in _ids(_done(lines, "confirm"), "deposit"):
        if states.get(made) != ("confirmed",):
            yield Finding(MISSING, "confirm", f"{made}: {states.get(made)}")
    files = _rows(BankFile, _ids(_done(lines, "file", "release"), "file"), "status")
    for line, made in zip(_done(lines, "file", "release"), _ids(_done(lines, "file", "release"), "file"), strict=True):
        if files.get(made, ("",))[0] not in {"released", "closed", *(["made"] if line.act.verb == "file" else [])}:
            yield Finding(MISSING, line.act.verb, f"{made}: {files.get(made)}")


def _campaigns(lines: list[Line]) -> Iterator[Finding]:
    done = _done(lines, "fund", "publish", "grow", "close")
    ids = _ids(done, "campaign")
    states, budgets = _rows(Campaign, ids, "status"), _rows(Budget, ids, "places")
    opened = {"live", "paused", "closing", "closed"}
    wanted = {"fund": {"funded", *opened}, "publish": opened, "grow": opened, "close": {"closing", "closed"}}
    for line, made in zip(done, ids, strict=True):
        status, held = states.get(made, ("",))[0], budgets.get(made, (0,))[0]
        if status not in wanted[line.act.verb] or held < line.act.about.get("places", 1):
            yield Finding(MISSING, line.act.verb, f"{made}: {status}, {held} places")


def _nothing_besides(stage: Mapping[str, Any], lines: list[Line]) -> Iterator[Finding]:
    """Every place, payout and deposit of the stage's people was acknowledged, or asked for without an answer."""
    yield from _claims_besides(stage, lines)
    open_ = Counter(line.act.actor for line in lines if line.act.verb == "withdraw" and line.answer is None)
    asked = Counter(line.act.actor for line in _done(lines, "withdraw"))
    held = Counter(
        str(one) for one in Payout.objects.filter(user_id__in=stage["people"]).values_list("user_id", flat=True)
    )
    for person, count in held.items():
        if count > asked[person] + open_[person]:
            yield Finding(DOUBLED, "withdraw", f"{person}: {count} payouts, {asked[person]} acknowledged")
    wanted = Counter(line.act.about["amount_fen"] for line in _done(lines, "deposit"))  # every amount is asked for once
    amounts = Counter(Deposit.objects.filter(owner_id=stage["organisation"]).values_list("amount_fen", flat=True))
    yield from (Finding(MISSING, "deposit", f"{fen} fen") for fen in wanted if not amounts[fen])
    yield from (Finding(DOUBLED, "deposit", f"{fen} fen, {n} times") for fen, n in amounts.items() if n > 1)


def _claims_besides(stage: Mapping[str, Any], lines: list[Line]) -> Iterator[Finding]:
    acknowledged = set(_ids(_done(lines, "claim"), "assignment"))
    asked = defaultdict(list)
    for line in lines:
        if line.act.verb == "claim":
            asked[line.act.actor, line.act.about["campaign"]].append(line)
    people = stage["people"]
    for first in range(0, len(people), _CHUNK):
        rows = Assignment.objects.filter(participant_id__in=people[first : first + _CHUNK])
        for made, person, campaign in rows.values_list("pk", "participant_id", "campaign_id"):
            if str(made) in acknowledged:
                continue
            told = asked[str(person), str(campaign)]
            if not any(line.answer is None and places.is_replay(made, person, campaign, line.act.key) for line in told):
                code = told[0].answer.code if told and told[0].answer else "never asked"
                yield Finding(DOUBLED, "claim", f"{made} of {person}, who was told: {code}")


def _people_have_what_they_earned(stage: Mapping[str, Any]) -> Iterator[Finding]:
    people = stage["people"]
    accepted = Assignment.objects.filter(participant_id__in=people, status="accepted")
    earned = dict(
        accepted.values("participant_id").annotate(fen=Sum("reward_fen")).values_list("participant_id", "fen")
    )
    taken = Payout.objects.filter(user_id__in=people, source="participant").exclude(status="failed")
    out = dict(taken.values("user_id").annotate(fen=Sum("gross_fen")).values_list("user_id", "fen"))
    kinds = ("participant_available", "participant_pending")
    has = balances([UUID(person) for person in people], kinds)
    for person in map(UUID, people):
        have = sum(has[kind, person] for kind in kinds) + out.get(person, 0)
        if have != earned.get(person, 0):
            kind = DOUBLED if have > earned.get(person, 0) else MISSING
            yield Finding(kind, "pay", f"{person}: earned {earned.get(person, 0)} fen, has and was paid {have}")


def _advertiser_has_the_rest(stage: Mapping[str, Any]) -> Iterator[Finding]:
    owner = stage["organisation"]
    put_in = Deposit.objects.filter(owner_id=owner, status="confirmed").aggregate(fen=Sum("amount_fen", default=0))
    held = Budget.objects.filter(campaign__organisation_id=owner)
    taken = held.aggregate(fen=Sum(F("budget_fen") - F("refunded_fen"), default=0))
    should, has = put_in["fen"] - taken["fen"], balance_fen("advertiser", UUID(owner))
    if should != has:
        yield Finding(DOUBLED if has < should else MISSING, "balance", f"{has} fen left, {should} should be")
