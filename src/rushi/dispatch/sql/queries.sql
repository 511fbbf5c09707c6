-- name: task_cards
-- Cards of eligible campaigns, of one kind when asked, oldest first: one query whatever the number of cards.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       e.places_left, c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM dispatch_eligible_v1(%(participant)s, %(at)s, %(after_published)s, %(after_id)s,
                            CASE WHEN %(kind)s::text = '' THEN %(limit)s ELSE 5000 END) AS e
  JOIN campaigns_campaign c ON c.id = e.campaign_id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date
              > (%(at)s AT TIME ZONE 'Asia/Shanghai')::date - interval '12 months'
 WHERE %(kind)s::text IN ('', c.kind)
 ORDER BY c.published_at, c.id
 LIMIT %(limit)s;

-- name: task_card
-- One campaign as a card, open or not: a link from yesterday still says what it was.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       CASE WHEN b.is_open THEN greatest(0, least(b.places - b.taken,
            (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)) ELSE 0 END::integer
         AS places_left,
       c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date
              > (%(at)s AT TIME ZONE 'Asia/Shanghai')::date - interval '12 months'
 WHERE c.id = %(campaign)s AND c.published_at IS NOT NULL;
