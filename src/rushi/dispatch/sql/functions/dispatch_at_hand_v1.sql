-- What handing in needs to know of a batch, item n being ids[n] of campaigns[n], watched by participants[n] under
-- nonces[n]: in | already (handed in before, or twice in this batch) | not_found (not theirs, or of another campaign) |
-- lease_over | restarted, and the price and the agent fixed at the claim. Locks the budgets, ascending, and then looks
-- once: whoever returns, ends or decides work locks its budget first, so what is `in` stays so until the caller's
-- transaction ends; only a start can come between, and that a restart and a hand-in at the same moment may be told
-- apart either way.
-- The ids are bracketed, so that only the partitions of their days are opened; OFFSET 0 keeps each look-up a look-up
-- (a day that was empty when the plan was made is else walked once an item).
-- Called from verdicts_hand_in alone, which sets how plans are made.
CREATE FUNCTION dispatch_at_hand_v1(
  ids uuid[], participants uuid[], campaigns uuid[], nonces uuid[], at timestamptz,
  OUT outcomes text[], OUT agents uuid[], OUT rewards bigint[], OUT commissions bigint[], OUT fees bigint[],
  OUT units bigint[])
LANGUAGE plpgsql
AS $$
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT u.id FROM unnest(ids) AS u (id) ORDER BY u.id);
  low CONSTANT uuid := sorted[1];
  high CONSTANT uuid := sorted[cardinality(sorted)];
  has_twins CONSTANT boolean := cardinality(sorted) < cardinality(ids);
BEGIN
  PERFORM campaigns_lock_budgets_v2(campaigns);
  SELECT array_agg(CASE WHEN a.participant_id IS DISTINCT FROM r.participant OR a.campaign_id <> r.campaign THEN 'not_found'
                        WHEN a.submitted_at IS NOT NULL THEN 'already'
                        WHEN a.status <> 'started' OR a.lease_expires_at <= at THEN 'lease_over'
                        WHEN a.nonce IS DISTINCT FROM r.nonce THEN 'restarted'
                        ELSE 'in' END),
         array_agg(a.agent_id), array_agg(a.reward_fen), array_agg(a.commission_fen), array_agg(a.fee_fen),
         array_agg(a.unit_fen)
    INTO outcomes, agents, rewards, commissions, fees, units
    FROM unnest(ids, participants, campaigns, nonces) WITH ORDINALITY AS r (id, participant, campaign, nonce, ord)
    LEFT JOIN LATERAL (
           SELECT b.participant_id, b.campaign_id, b.agent_id, b.status, b.submitted_at, b.lease_expires_at, b.nonce,
                  b.reward_fen, b.commission_fen, b.fee_fen, b.unit_fen
             FROM dispatch_assignment b WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a ON true;
  IF has_twins THEN
    -- The second of two is `already` only when the first is taken in: one with a token of before a restart is not.
    outcomes := ARRAY(
      SELECT CASE WHEN o.outcome <> 'not_found' AND bool_or(o.outcome = 'in') OVER before THEN 'already' ELSE o.outcome END
        FROM unnest(ids, outcomes) WITH ORDINALITY AS o (id, outcome, ord)
      WINDOW before AS (PARTITION BY o.id ORDER BY o.ord ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
       ORDER BY o.ord);
  END IF;
END
$$;
