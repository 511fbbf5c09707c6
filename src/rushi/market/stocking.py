"""A whole market at once: people, bodies, open campaigns and the money behind them, written set-based.

For benches: tables are filled with COPY in the columns of today's models (a column that is not named takes its
field's default), money goes through `ledger_post_v2`. Every invariant holds from the first moment.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from django.db import models
from psycopg import sql
from psycopg.types.json import Jsonb

from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.identity.models import Agent, Organisation, Participant, User
from rushi.kernel.ids import uuid7
from rushi.ledger import rules
from rushi.ledger.models import Deposit
from rushi.market.headline import AGENTS, Plan
from rushi.policy.models import Review, Screening

Connection: TypeAlias = psycopg.Connection[Any]

CLIP_MS = 12_400
RESERVE_BPS = 1_500
CAMPAIGNS_AN_ORGANISATION = 10
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
REGIONS = ("11", "31", "32", "33", "37", "41", "42", "43", "44", "51")
LEASE_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Stock:
    """Who and what was made, by the plan's numbers: ids as text, ready for array literals."""

    people: tuple[str, ...]
    agents: tuple[str, ...]
    campaigns: tuple[str, ...]
    questions: tuple[tuple[str, str, str], ...]


def people(owner_url: str, plan: Plan, at: dt.datetime) -> Stock:
    """The plan's people and agents without any campaign, joined by `at`."""
    with psycopg.connect(owner_url) as connection:
        agents = _agents(connection, at)
        return Stock(tuple(map(str, _people(connection, plan, agents, at))), tuple(map(str, agents)), (), ())


def stock(owner_url: str, plan: Plan, at: dt.datetime, crowd: Stock | None = None) -> Stock:
    """The plan's people (or those of an earlier stock) and its funded campaigns, all there and published by `at`."""
    with psycopg.connect(owner_url) as connection:
        agents = tuple(map(UUID, crowd.agents)) if crowd else _agents(connection, at)
        people = tuple(map(UUID, crowd.people)) if crowd else _people(connection, plan, agents, at)
        organisations = _organisations(connection, -(-len(plan.places) // CAMPAIGNS_AN_ORGANISATION), at)
        campaigns = _campaigns(connection, plan, organisations, at)
        questions = _questions(connection, campaigns)
        _let_through(connection, campaigns, at)
        _fund(connection, plan, organisations, campaigns, at)
    return Stock(
        tuple(map(str, people)), tuple(map(str, agents)), tuple(map(str, campaigns)),
        tuple((str(a), str(b), str(c)) for a, b, c in questions),
    )  # fmt: skip


def tidy(owner_url: str) -> None:
    """What autovacuum would have done by the next morning."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def fill(connection: Connection, model: type[models.Model], rows: int, given: Mapping[str, object]) -> None:
    """COPY `rows` rows into a model's table: a list or tuple gives one value a row, anything else every row's value.

    A field that is not given takes its default, and null or "" as Django would when it has none.
    """
    fields = [field for field in model._meta.concrete_fields if not _is_made_by_the_server(field)]
    columns = [_values(field, given, rows) for field in fields]
    target = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in fields)
    )
    with connection.cursor() as cursor, cursor.copy(target) as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _is_made_by_the_server(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.AutoField)


def _values(field: models.Field[Any, Any], given: Mapping[str, object], rows: int) -> Iterator[object]:
    value = given.get(str(field.attname))
    if field.attname in given and isinstance(value, tuple):
        return iter(value)
    if field.attname not in given and field.primary_key:
        return (uuid7() for _ in range(rows))
    if field.attname not in given:
        value = field.get_default()
    if isinstance(field, models.JSONField):
        value = Jsonb(value)
    return itertools.repeat(value, rows)


def _agents(connection: Connection, at: dt.datetime) -> tuple[UUID, ...]:
    users, agents = _ids(AGENTS), _ids(AGENTS)
    _users(connection, users, 13_700_000_000, at)
    fill(connection, Agent, AGENTS, {
        "id": agents, "user_id": users, "name": tuple(f"代理 {n}" for n in range(AGENTS)),
        "code": tuple(f"A{n:05d}" for n in range(AGENTS)), "joined_at": at,
    })  # fmt: skip
    return agents


def _people(connection: Connection, plan: Plan, agents: Sequence[UUID], at: dt.datetime) -> tuple[UUID, ...]:
    people = _ids(plan.people)
    _users(connection, people, 13_800_000_000, at)
    limited = [bool(one) for one in plan.is_limited]
    fill(connection, Participant, plan.people, {
        "user_id": people, "adult_declared_at": at, "joined_at": at,
        "region": tuple(REGIONS[n % len(REGIONS)] for n in range(plan.people)),
        "age_band": tuple(AGE_BANDS[n % 5] for n in plan.segment_of),
        "gender": tuple("fm"[n // 5] for n in plan.segment_of),
        "standing": tuple("limited" if one else "active" for one in limited),
        "standing_reason": tuple("正在核实" if one else "" for one in limited),
        "standing_since": tuple(at if one else None for one in limited),
        "agent_id": tuple(agents[n] if n >= 0 else None for n in plan.agent_of),
        "recruited_at": tuple(at if n >= 0 else None for n in plan.agent_of),
        "real_name_verified_at": tuple(at if one else None for one in plan.is_verified),
    })  # fmt: skip
    return people


def _users(connection: Connection, ids: tuple[UUID, ...], first_phone: int, at: dt.datetime) -> None:
    phones = tuple(f"+86{first_phone + n}" for n in range(len(ids)))
    fill(connection, User, len(ids), {
        "id": ids, "password": "!", "phone": phones, "phone_verified_at": at, "joined_at": at,
    })  # fmt: skip


def _organisations(connection: Connection, wanted: int, at: dt.datetime) -> tuple[UUID, ...]:
    ids = _ids(wanted)
    fill(connection, Organisation, wanted, {
        "id": ids, "name": tuple(f"测试机构 {n}" for n in range(wanted)), "status": "approved", "created_at": at,
    })  # fmt: skip
    return ids


def _campaigns(connection: Connection, plan: Plan, organisations: Sequence[UUID], at: dt.datetime) -> tuple[UUID, ...]:
    wanted, ids = len(plan.places), _ids(len(plan.places))
    budgets, units = budgets_fen(plan), units_fen(plan)
    fill(connection, Campaign, wanted, {
        "id": ids, "organisation_id": tuple(organisations[n // CAMPAIGNS_AN_ORGANISATION] for n in range(wanted)),
        "kind": plan.kinds, "status": "live", "title": tuple(f"活动 {n}" for n in range(wanted)),
        "brief": "看完说实话。",
        "genders": tuple([] if half < 0 else ["fm"[half]] for half in plan.segment_wanted),
        "reward_fen": _whole(plan.rewards_fen), "commission_fen_max": _whole(plan.commissions_fen),
        "fee_fen": _whole(plan.fees_fen), "places_wanted": _whole(plan.places), "expected_seconds": 30,
        "lease_seconds": LEASE_SECONDS, "approved_digest": "0" * 64, "created_by": uuid7(), "created_at": at,
        "submitted_at": at, "published_at": at,
    })  # fmt: skip
    fill(connection, Budget, wanted, {
        "campaign_id": ids, "is_open": True, "unit_fen": units, "places": _whole(plan.places), "budget_fen": budgets,
    })  # fmt: skip
    fill(connection, Material, wanted, {
        "campaign_id": ids, "status": "ready", "original": "clip.mp4", "original_name": "clip.mp4",
        "mime": "video/mp4", "sha256": "0" * 64, "bytes": 1, "duration_ms": CLIP_MS, "width": 720, "height": 1280,
        "uploaded_at": at,
    })  # fmt: skip
    return ids


def _questions(connection: Connection, campaigns: Sequence[UUID]) -> list[tuple[UUID, UUID, UUID]]:
    wanted = len(campaigns)
    made = [_ids(wanted), _ids(wanted), _ids(wanted)]
    for position, (kind, text, options, right, is_required) in enumerate((
        ("reaction", "您觉得怎么样？", [], None, True),
        ("recall", "是什么味道？", ["白桃", "青柠"], 0, True),
        ("text", "想说什么？", [], None, False),
    )):  # fmt: skip
        fill(connection, Question, wanted, {
            "id": made[position], "campaign_id": tuple(campaigns), "position": position, "kind": kind, "text": text,
            "options": options, "right_option": right, "is_required": is_required,
        })  # fmt: skip
    return list(zip(*made, strict=True))


def _let_through(connection: Connection, campaigns: Sequence[UUID], at: dt.datetime) -> None:
    screenings = _ids(len(campaigns))
    told = {"campaign_id": tuple(campaigns), "digest": "0" * 64, "at": at}
    fill(connection, Screening, len(campaigns), {
        **told, "id": screenings, "rules_version": "bench", "decision": "allow",
    })  # fmt: skip
    # Rules that decide for the first time go into the log, as policy.actions.screen has it.
    connection.execute("SELECT transparency_enqueue_v1('policy', ARRAY[%s]::uuid[], %s)", [screenings[0], at])
    fill(connection, Review, len(campaigns), {
        **told, "screening_id": screenings, "outcome": "approved", "reviewer_id": uuid7(),
    })  # fmt: skip


def _fund(
    connection: Connection, plan: Plan, organisations: Sequence[UUID], campaigns: Sequence[UUID], at: dt.datetime
) -> None:
    budgets = budgets_fen(plan)
    owner = [organisations[n // CAMPAIGNS_AN_ORGANISATION] for n in range(len(campaigns))]
    paid: dict[UUID, int] = dict.fromkeys(organisations, 0)
    for organisation, fen in zip(owner, budgets, strict=True):
        paid[organisation] += fen
    deposits = _ids(len(organisations))
    fill(connection, Deposit, len(organisations), {
        "id": deposits, "owner_id": tuple(paid), "amount_fen": tuple(paid.values()), "status": "confirmed",
        "reference": tuple(f"RS{one.hex[-18:]}" for one in deposits), "requested_by": UUID(int=0xAD),
        "requested_at": at, "decided_by": UUID(int=0xF1), "decided_at": at,
    })  # fmt: skip
    _post(connection, at, [rules.deposit(one, *facts) for one, facts in zip(deposits, paid.items(), strict=True)])
    _post(connection, at, [
        rules.funding(uuid7(), organisation, campaign, fen)
        for organisation, campaign, fen in zip(owner, campaigns, budgets, strict=True)
    ])  # fmt: skip


def _post(connection: Connection, at: dt.datetime, drafts: Sequence[rules.Draft]) -> None:
    legs = [(draft.id, leg) for draft in drafts for leg in draft.legs]
    connection.execute(
        "SELECT count(*) FROM ledger_post_v2(%s, %s, %s, null, %s, %s, %s, %s, %s)",
        [
            [d.id for d in drafts], [d.kind for d in drafts], [d.subject_id for d in drafts], at,
            [entry for entry, _ in legs], [leg.kind for _, leg in legs], [leg.owner_id for _, leg in legs],
            [leg.amount_fen for _, leg in legs],
        ],
    )  # fmt: skip


def units_fen(plan: Plan) -> tuple[int, ...]:
    """What a place of each campaign costs at most."""
    return _whole(plan.rewards_fen + plan.commissions_fen + plan.fees_fen)


def budgets_fen(plan: Plan) -> tuple[int, ...]:
    """Places times unit and the reserve for appeals, rounded up."""
    full = [unit * places for unit, places in zip(units_fen(plan), _whole(plan.places), strict=True)]
    return tuple(fen + -(-fen * RESERVE_BPS // 10_000) for fen in full)


def _whole(values: object) -> tuple[int, ...]:
    return tuple(int(value) for value in values)  # type: ignore[attr-defined]


def _ids(wanted: int) -> tuple[UUID, ...]:
    return tuple(uuid7() for _ in range(wanted))
