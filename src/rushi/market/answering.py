"""One campaign with any number of answered, accepted responses, written set-based: for measuring its report only.

Nobody stands behind the responses and no money moved, so that the invariants of money and places do not hold here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection

from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.db import sql
from rushi.identity.models import Membership, Organisation, User

CLIP_MS, UNIT_FEN, REJECTED_ONE_IN = 12_400, 27, 33
# Random but repeatable per response: the digits of a hash. Ids are UUIDv7 of moments spread over the given hours.
_ASSIGNMENTS = """
INSERT INTO dispatch_assignment (id, campaign_id, participant_id, status, reward_fen, commission_fen, fee_fen, unit_fen,
       day, region, age_band, gender, claimed_at, lease_expires_at, started_at, submitted_at, closed_at)
SELECT (lpad(to_hex(floor(extract(epoch FROM m.at) * 1000)::bigint), 12, '0') || '7'
        || substr(m.h, 1, 3) || 'a'
        || substr(m.h, 4, 15))::uuid,
       %(campaign)s, gen_random_uuid(),
       CASE WHEN m.n %% %(rejected)s = 0 THEN 'rejected' ELSE 'accepted' END, 20, 3, 4, 27,
       (m.at AT TIME ZONE 'Asia/Shanghai')::date,
       (ARRAY['11','31','32','33','37','41','42','43','44','51'])[1 + get_byte(m.b, 0) %% 10],
       (ARRAY['18-24','25-34','35-44','45-54','55+'])[1 + get_byte(m.b, 1) %% 5],
       (ARRAY['f','m',''])[1 + get_byte(m.b, 2) %% 3],
       m.at, m.at + interval '30 minutes', m.at + interval '5 seconds',
       m.at + interval '40 seconds', m.at + interval '40 seconds'
  FROM (SELECT n, h, decode(h, 'hex') AS b, %(since)s::timestamptz + n * %(step)s::interval AS at
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n CROSS JOIN LATERAL md5(n::text) AS h) AS m
RETURNING id
"""
_SUBMISSIONS = """
INSERT INTO evidence_submission (assignment_id, submitted_at, active_from, active_to, watched_ms, hidden_ms, refused_ms,
       overlap_ms, answer_ms, coverage_bps, item_count, recall_asked, recall_right, first_cut)
SELECT a.id, a.submitted_at, a.started_at, a.submitted_at, 12400, 0, 0, 0, 6000 + 40 * get_byte(uuid_send(a.id), 15),
       10000, 3, 1, 1, 'a'
  FROM unnest(%(ids)s::uuid[]) AS u (id) JOIN dispatch_assignment a ON a.id = u.id
"""
_ANSWERS = """
INSERT INTO evidence_answers (assignment_id, campaign_id, questions, choices, texts)
SELECT u.id, %(campaign)s, array_agg(q.id ORDER BY q.position),
       array_agg(CASE q.kind WHEN 'reaction'
                   THEN (ARRAY['like','like','neutral','dislike'])[1 + get_byte(uuid_send(u.id), 14) %% 4]
                   WHEN 'text' THEN '' ELSE (get_byte(uuid_send(u.id), 13 - q.position %% 2) %% 2)::text END
                 ORDER BY q.position),
       CASE WHEN bool_or(q.kind = 'text')
            THEN array_agg(CASE q.kind WHEN 'text' THEN '看完说说：' || u.id ELSE '' END ORDER BY q.position)
            ELSE '{}' END
  FROM unnest(%(ids)s::uuid[]) AS u (id) CROSS JOIN campaigns_question q
 WHERE q.campaign_id = %(campaign)s AND (q.kind <> 'text' OR get_byte(uuid_send(u.id), 12) < 110)
 GROUP BY u.id
"""
_LOOKS = """
INSERT INTO evidence_freelook (assignment_id, cut, left_at_ms, duration_ms)
SELECT u.id, 'a', least(12400, 55 * get_byte(uuid_send(u.id), 11)), 12400 FROM unnest(%(ids)s::uuid[]) AS u (id)
"""
_VERDICTS = """
INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
SELECT a.id, a.status, CASE a.status WHEN 'accepted' THEN 'facts' ELSE 'reviewer' END,
       CASE a.status WHEN 'accepted' THEN '' ELSE 'recall' END,
       CASE a.status WHEN 'accepted' THEN '' ELSE '记忆题没有答对' END,
       CASE a.status WHEN 'rejected' THEN gen_random_uuid() END, a.submitted_at
  FROM unnest(%(ids)s::uuid[]) AS u (id) JOIN dispatch_assignment a ON a.id = u.id
"""
_TELL = """
SELECT evidence_accepted_v1(array_agg(a.campaign_id) FILTER (WHERE a.status = 'accepted'),
                            array_agg(a.id) FILTER (WHERE a.status = 'accepted')),
       evidence_rejected_v1(array_agg(a.campaign_id) FILTER (WHERE a.status = 'rejected'),
                            array_fill('recall'::text, ARRAY[count(*) FILTER (WHERE a.status = 'rejected')::int]), 1)
  FROM dispatch_assignment a WHERE a.id = ANY (%(ids)s)
"""


def campaign(responses: int, at: dt.datetime) -> tuple[Campaign, User]:
    """An open campaign for that many responses, and somebody who may read its report."""
    reader = User.objects.create(phone=None)
    body = Organisation.objects.create(name="百万份反馈", status="approved", created_at=at)
    Membership.objects.create(user=reader, organisation=body, role="owner", joined_at=at)
    made = Campaign.objects.create(
        organisation=body, kind="reaction", status="live", title="百万份反馈", brief="看完说实话。", reward_fen=20,
        commission_fen_max=3, fee_fen=4, places_wanted=responses, expected_seconds=30, created_by=reader.pk,
        created_at=at, published_at=at,
    )  # fmt: skip
    Budget.objects.create(
        campaign=made, is_open=True, unit_fen=UNIT_FEN, places=responses, budget_fen=UNIT_FEN * responses * 2
    )
    Material.objects.create(
        campaign=made, status="ready", mime="video/mp4", sha256="0" * 64, bytes=1, duration_ms=CLIP_MS, width=720,
        height=1280, uploaded_at=at,
    )  # fmt: skip
    asks: tuple[tuple[str, list[str], int | None], ...] = (
        ("reaction", [], None), ("recall", ["白桃", "青柠"], 0), ("single", ["会", "不会"], None), ("text", [], None)
    )  # fmt: skip
    for position, (kind, options, right) in enumerate(asks):
        Question.objects.create(
            campaign=made, position=position, kind=kind, text=f"第 {position + 1} 题", options=options,
            right_option=right,
        )  # fmt: skip
    return made, reader


def answer(made: Campaign, first: int, count: int, of: int, since: dt.datetime) -> list[UUID]:
    """Responses `first`… of a campaign, spread over 20 hours from `since`, handed in and decided; their ids.

    The verdicts are still to be written: `decide`.
    """
    given: dict[str, Any] = {
        "campaign": made.pk, "first": first, "last": first + count - 1, "since": since, "rejected": REJECTED_ONE_IN,
        "step": dt.timedelta(hours=20) / of,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGNMENTS, given)
        given["ids"] = ids = [row[0] for row in cursor.fetchall()]
        for statement in (_SUBMISSIONS, _ANSWERS, _LOOKS):
            cursor.execute(statement, given)
    return ids


def decide(made: Campaign, ids: list[UUID]) -> float:
    """Write the verdicts of these responses; the seconds that telling reports of them took."""
    with connection.cursor() as cursor:
        cursor.execute(_VERDICTS, {"ids": ids})
        cursor.execute(
            "UPDATE campaigns_budget b SET accepted = accepted + x.n, taken = taken + x.n"
            "  FROM (SELECT count(*) AS n FROM dispatch_assignment WHERE id = ANY (%s) AND status = 'accepted') AS x"
            " WHERE b.campaign_id = %s",
            [ids, made.pk],
        )
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON)" + _TELL, {"ids": ids})
        told = cursor.fetchone()[0][0]
    return float(told["Execution Time"]) / 1000


def unlike_a_recount() -> int:
    """How many counters of all tallies differ from a recount of everything accepted."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load("evidence", "invariants.sql")["tally_is_a_recount"])
        return len(cursor.fetchall())
